// windows: what the parts of this Windows know of each other. Nothing here is Windows' own.
#pragma once

#include <windows.h>

#include <condition_variable>
#include <mutex>

namespace windows {

inline constexpr std::size_t page = 4096;

// What a handle of ours points to: something that comes to be signalled once, or never.
struct Object {
    std::mutex lock;
    std::condition_variable changed;
    bool signalled = false;
    int handles = 1;
};

// Functions that ntpages looks up by name, by part.
FARPROC memory_function(const char* name) noexcept;
FARPROC heap_function(const char* name) noexcept;

template <typename Function>
FARPROC as_found(Function* function) noexcept {
    return reinterpret_cast<FARPROC>(function);
}

}  // namespace windows
