// handle: move-only owners. Each closes its resource once, and never throws doing so.
#pragma once

#include <windows.h>

#include <cstddef>
#include <memory>

namespace ntpages {

// Base of every class that Python makes objects of: bind.hpp takes no other, and guards these.
struct Exposed {};

template <auto Close>
struct Closer {
    void operator()(void* resource) const noexcept {
        const auto last_error = GetLastError();  // closing on the way out must not hide the cause
        Close(resource);
        SetLastError(last_error);
    }
};

inline void release_pages(void* base) noexcept {
    VirtualFree(base, 0, MEM_RELEASE);
}

using Handle = std::unique_ptr<void, Closer<&CloseHandle>>;
using LocalMemory = std::unique_ptr<void, Closer<&LocalFree>>;
using HeapHandle = std::unique_ptr<void, Closer<&HeapDestroy>>;
using Pages = std::unique_ptr<void, Closer<&release_pages>>;  // memory taken from VirtualAlloc

// Some functions mark "no handle" with INVALID_HANDLE_VALUE: make that a null owner.
inline Handle own(HANDLE handle) noexcept {
    return Handle(handle == INVALID_HANDLE_VALUE ? nullptr : handle);
}

}  // namespace ntpages
