// heaps/global_memory: each call in its two families.
#include "native/heaps/global_memory.hpp"

#include <string>

#include "native/error.hpp"

namespace ntpages {

GlobalMemory::GlobalMemory(std::size_t size, bool movable, bool zero, bool local) : local_(local) {
    const UINT flags = (movable ? GMEM_MOVEABLE : GMEM_FIXED) | (zero ? GMEM_ZEROINIT : 0);
    memory_ = local_ ? check(LocalAlloc(flags, size), "LocalAlloc")
                     : check(GlobalAlloc(flags, size), "GlobalAlloc");
}

GlobalMemory::GlobalMemory(std::uintptr_t handle, bool local)
    : memory_(reinterpret_cast<HGLOBAL>(handle)), local_(local) {
    static_cast<void>(measure());
}

GlobalMemory::~GlobalMemory() {
    if (!lease_.closed()) free();
}

void GlobalMemory::close() {
    lease_.close([&] {
        if (!free()) fail(local_ ? "LocalFree" : "GlobalFree");
    });
}

std::uintptr_t GlobalMemory::detach() {
    Lease::Alone alone(lease_);
    alone.close();
    return reinterpret_cast<std::uintptr_t>(memory_);
}

std::uintptr_t GlobalMemory::handle() {
    const Lease::Use use(lease_);
    return reinterpret_cast<std::uintptr_t>(memory_);
}

std::size_t GlobalMemory::size() {
    const Lease::Use use(lease_);
    return measure();
}

void GlobalMemory::resize(std::size_t size, bool zero) {
    const Lease::Alone alone(lease_);
    // Fixed memory may move, too: nobody else than its owner knows where it is.
    const UINT flags = GMEM_MOVEABLE | (zero ? GMEM_ZEROINIT : 0);
    auto* const resized =
        local_ ? LocalReAlloc(memory_, size, flags) : GlobalReAlloc(memory_, size, flags);
    if (!resized) {
        fail(local_ ? "LocalReAlloc" : "GlobalReAlloc", GetLastError(),
             std::to_string(size) + " bytes");
    }
    memory_ = resized;
}

unsigned GlobalMemory::locks() {
    const Lease::Use use(lease_);
    const auto flags = local_ ? LocalFlags(memory_) : GlobalFlags(memory_);
    if (flags == GMEM_INVALID_HANDLE) fail(local_ ? "LocalFlags" : "GlobalFlags");
    return flags & GMEM_LOCKCOUNT;
}

Lent GlobalMemory::lend(bool) {
    Lease::Use use(lease_);
    const auto size = measure();
    auto* const data = check(local_ ? LocalLock(memory_) : GlobalLock(memory_),
                             local_ ? "LocalLock" : "GlobalLock");
    use.add_view();
    return {data, size, false};
}

void GlobalMemory::give_back() noexcept {
    local_ ? LocalUnlock(memory_) : GlobalUnlock(memory_);
    lease_.drop_view();
}

std::size_t GlobalMemory::measure() const {
    SetLastError(NO_ERROR);
    const auto size = local_ ? LocalSize(memory_) : GlobalSize(memory_);
    const auto code = GetLastError();
    if (size == 0 && code != NO_ERROR) fail(local_ ? "LocalSize" : "GlobalSize", code);
    return size;
}

std::uintptr_t handle_of_global_memory(std::uintptr_t address, bool local) {
    const auto* const memory = reinterpret_cast<const void*>(address);
    auto* const handle = local ? LocalHandle(memory) : GlobalHandle(memory);
    if (!handle) fail(local ? "LocalHandle" : "GlobalHandle");
    return reinterpret_cast<std::uintptr_t>(handle);
}

// Both answer null when it is done, else the handle.
bool GlobalMemory::free() noexcept {
    return (local_ ? LocalFree(memory_) : GlobalFree(memory_)) == nullptr;
}

}  // namespace ntpages
