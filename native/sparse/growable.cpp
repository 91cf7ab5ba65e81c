// sparse/growable: a buffer that grows in place: much is reserved, and committed ahead of the end.
#include "native/sparse/growable.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "native/buffer.hpp"
#include "native/handle.hpp"
#include "native/lease.hpp"
#include "native/lock.hpp"

namespace ntpages {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t least_step = 64 * 1024;        // committed ahead at a time: an eighth of the
constexpr std::size_t most_step = 64 * 1024 * 1024;  // data, within these

std::size_t round_up(std::size_t size, std::size_t unit) noexcept {
    return (size + unit - 1) / unit * unit;
}

// Memory past the end is either not committed or zero, so growing needs no clearing.
class GrowableBuffer : public Exposed {
public:
    explicit GrowableBuffer(std::size_t maximum)
        : maximum_(maximum),
          memory_(
              check(VirtualAlloc(nullptr, maximum, MEM_RESERVE, PAGE_READWRITE), "VirtualAlloc")) {}
    GrowableBuffer(const GrowableBuffer&) = delete;
    GrowableBuffer& operator=(const GrowableBuffer&) = delete;

    void close() {
        try {
            Lease::Alone alone(lease_);
            alone.close();
            memory_.reset();
            size_ = committed_ = 0;
        } catch (const Closed&) {
            return;  // closing twice is harmless
        }
    }
    [[nodiscard]] bool closed() const noexcept { return lease_.closed(); }

    Lent lend(bool) {
        lease_.add_view();
        return {memory_.get(), size_, false};
    }
    void give_back() noexcept { lease_.drop_view(); }

    [[nodiscard]] std::size_t maximum() const noexcept { return maximum_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t committed() const noexcept { return committed_; }
    [[nodiscard]] std::uintptr_t address() {
        const Lease::Use use(lease_);
        return reinterpret_cast<std::uintptr_t>(memory_.get());
    }

    // Both answer where the new bytes begin.
    std::size_t append(std::span<const std::byte> bytes) {
        const Lease::Use use(lease_);
        const std::scoped_lock lock(growing_);
        make_room(bytes.size());
        if (!bytes.empty()) std::memcpy(data() + size_, bytes.data(), bytes.size());
        return size_.fetch_add(bytes.size());
    }
    std::size_t extend(std::size_t bytes) {
        const Lease::Use use(lease_);
        const std::scoped_lock lock(growing_);
        make_room(bytes);
        return size_.fetch_add(bytes);
    }

    void truncate(std::size_t size) {
        const Lease::Alone alone(lease_);
        if (size > size_) {
            throw std::invalid_argument("size must be at most the " + std::to_string(size_) +
                                        " bytes there are, not " + std::to_string(size));
        }
        const auto kept = std::min(round_up(size, page), committed_.load());
        if (kept < committed_) {
            check(VirtualFree(data() + kept, committed_ - kept, MEM_DECOMMIT), "VirtualFree");
            committed_ = kept;
        }
        std::memset(data() + size, 0, std::min(kept, size_.load()) - size);
        size_ = size;
    }

private:
    [[nodiscard]] std::byte* data() const noexcept {
        return static_cast<std::byte*>(memory_.get());
    }

    void make_room(std::size_t bytes) {
        if (bytes > maximum_ - size_) {
            throw std::overflow_error(std::to_string(bytes) +
                                      " bytes more do not fit: " + std::to_string(size_) +
                                      " of at most " + std::to_string(maximum_) + " are used");
        }
        const auto needed = size_ + bytes;
        if (needed <= committed_) return;
        const auto ahead = std::clamp(size_ / 8, least_step, most_step);
        if (commit_to(std::min(needed + ahead, maximum_))) return;
        check(commit_to(needed), "VirtualAlloc");  // near the commit limit: just what must be
    }
    bool commit_to(std::size_t end) noexcept {
        end = round_up(end, page);
        const auto done =
            VirtualAlloc(data() + committed_, end - committed_, MEM_COMMIT, PAGE_READWRITE);
        if (done) committed_ = end;
        return done != nullptr;
    }

    Lease lease_{"GrowableBuffer"};
    SlimLock growing_;
    const std::size_t maximum_;
    Pages memory_;
    std::atomic<std::size_t> size_{0};
    std::atomic<std::size_t> committed_{0};
};

}  // namespace

void bind_growable(py::module_& module) {
    const auto append = [](GrowableBuffer& buffer, const py::object& data) {
        Py_buffer view;
        if (PyObject_GetBuffer(data.ptr(), &view, PyBUF_SIMPLE) != 0) {
            throw py::error_already_set();
        }
        const std::unique_ptr<Py_buffer, decltype(&PyBuffer_Release)> owner(&view,
                                                                            &PyBuffer_Release);
        const py::gil_scoped_release release;
        return buffer.append(
            {static_cast<const std::byte*>(view.buf), static_cast<std::size_t>(view.len)});
    };
    py::class_<GrowableBuffer>(module, "GrowableBuffer", py::buffer_protocol(),
                               py::custom_type_setup(lend_bytes<GrowableBuffer>),
                               py::release_gil_before_calling_cpp_dtor())
        .def(py::init<std::size_t>(), "maximum"_a, ReleaseGil())
        .def("__len__", &GrowableBuffer::size)
        .def_property_readonly("address", &GrowableBuffer::address,
                               "Address of the first byte. Growing never changes it.\n\n"
                               "Raises:\n"
                               "    ValueError: The buffer is closed.")
        .def_property_readonly("maximum", &GrowableBuffer::maximum,
                               "Bytes that the buffer can ever hold.")
        .def_property_readonly(
            "committed", &GrowableBuffer::committed,
            "Bytes that are committed: whole pages, some ahead of the data. 0 once it is closed.")
        .def_property_readonly("closed", &GrowableBuffer::closed, "Whether the buffer is freed.")
        .def("append", append, "data"_a)
        .def("extend", &GrowableBuffer::extend, "size"_a, ReleaseGil())
        .def("truncate", &GrowableBuffer::truncate, "size"_a, ReleaseGil())
        .def("close", &GrowableBuffer::close, ReleaseGil());
}

}  // namespace ntpages
