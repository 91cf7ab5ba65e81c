// heaps/global_memory: memory behind a GlobalAlloc or LocalAlloc handle, for the calls that want
// one.
#include "native/bind.hpp"
#include "native/buffer.hpp"
#include "native/handle.hpp"
#include "native/lease.hpp"

namespace ntpages {
namespace {

// Two names for one thing since Windows 95: what differs is who may free what.
class GlobalMemory : public Exposed {
public:
    GlobalMemory(std::size_t size, bool movable, bool zero, bool local) : local_(local) {
        const UINT flags = (movable ? GMEM_MOVEABLE : GMEM_FIXED) | (zero ? GMEM_ZEROINIT : 0);
        memory_ = local_ ? check(LocalAlloc(flags, size), "LocalAlloc")
                         : check(GlobalAlloc(flags, size), "GlobalAlloc");
    }
    // Takes over what someone else allocated.
    GlobalMemory(std::uintptr_t handle, bool local)
        : memory_(reinterpret_cast<HGLOBAL>(handle)), local_(local) {
        static_cast<void>(measure());  // fails where there is no such handle
    }
    ~GlobalMemory() {
        if (!lease_.closed()) free();
    }
    GlobalMemory(const GlobalMemory&) = delete;
    GlobalMemory& operator=(const GlobalMemory&) = delete;

    [[nodiscard]] bool closed() const noexcept { return lease_.closed(); }
    [[nodiscard]] bool local() const noexcept { return local_; }
    [[nodiscard]] std::uintptr_t handle() {
        const Lease::Use use(lease_);
        return reinterpret_cast<std::uintptr_t>(memory_);
    }
    [[nodiscard]] std::size_t size() {
        const Lease::Use use(lease_);
        return measure();
    }

    void close() {
        if (lease_.closed()) return;
        Lease::Alone alone(lease_);
        if (free()) fail(local_ ? "LocalFree" : "GlobalFree");
        alone.close();
    }

    // From now on the memory is the caller's, or whoever's it hands the handle to.
    std::uintptr_t detach() {
        Lease::Alone alone(lease_);
        alone.close();
        return reinterpret_cast<std::uintptr_t>(memory_);
    }

    // Each view holds one lock of the handle, so the memory stays where it is.
    Lent lend(bool) {
        Lease::Use use(lease_);
        const auto bytes = measure();
        auto* const data = check(local_ ? LocalLock(memory_) : GlobalLock(memory_),
                                 local_ ? "LocalLock" : "GlobalLock");
        use.add_view();
        return {data, bytes, false};
    }
    void give_back() noexcept {
        local_ ? LocalUnlock(memory_) : GlobalUnlock(memory_);
        lease_.drop_view();
    }

private:
    [[nodiscard]] std::size_t measure() const {
        SetLastError(NO_ERROR);
        const auto size = local_ ? LocalSize(memory_) : GlobalSize(memory_);
        const auto code = GetLastError();
        if (size == 0 && code != NO_ERROR) fail(local_ ? "LocalSize" : "GlobalSize", code);
        return size;
    }
    // Null when it is done, else the handle.
    HGLOBAL free() noexcept { return local_ ? LocalFree(memory_) : GlobalFree(memory_); }

    HGLOBAL memory_ = nullptr;
    const bool local_;
    Lease lease_{"GlobalMemory"};
};

}  // namespace

void bind_global_memory(py::module_& module) {
    py::class_<GlobalMemory>(module, "GlobalMemory",
                             py::custom_type_setup(lend_bytes<GlobalMemory>))
        .def(py::init<std::size_t, bool, bool, bool>(), "size"_a, "movable"_a, "zero"_a, "local"_a,
             ReleaseGil())
        .def(py::init<std::uintptr_t, bool>(), "handle"_a, "local"_a, ReleaseGil())
        .def_property_readonly("handle", &GlobalMemory::handle,
                               "What Windows knows the memory by; of fixed memory, its address.\n\n"
                               "Raises:\n"
                               "    ValueError: It was closed or detached.")
        .def_property_readonly(
            "size", &GlobalMemory::size,
            "Bytes, as Windows says: at least what was asked for.\n\n"
            "Raises:\n"
            "    ValueError: It was closed or detached.\n"
            "    NtError: Windows knows no such memory any more: somebody else freed it.\n\n"
            "Source: ``GlobalSize``, ``LocalSize`` (winbase.h), Windows 2000.")
        .def_property_readonly("local", &GlobalMemory::local,
                               "Whether it is of LocalAlloc's family, else of GlobalAlloc's.")
        .def_property_readonly("closed", &GlobalMemory::closed,
                               "Whether it was freed, or handed on by ``detach()``.")
        .def("close", &GlobalMemory::close, ReleaseGil())
        .def("detach", &GlobalMemory::detach, ReleaseGil());
}

}  // namespace ntpages
