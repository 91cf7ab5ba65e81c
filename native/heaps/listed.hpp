// heaps/listed: which heaps this process has, and how one that other code made is kept from going.
#pragma once

#include <windows.h>

#include <type_traits>
#include <vector>

namespace ntpages {

// Whether HeapSummary, RtlEnumProcessHeaps and Toolhelp's calls about heaps are stubs: Wine exports
// them, and ends the process when one is called.
[[nodiscard]] bool has_heap_stubs() noexcept;

// The caller's work, to be done while Windows holds a lock: it throws nothing and allocates
// nothing.
class Quiet {
public:
    template <typename Work>
        requires(!std::is_same_v<Work, Quiet>)
    explicit Quiet(Work& work) noexcept
        : work_(&work), call_([](void* it) noexcept { (*static_cast<Work*>(it))(); }) {
        static_assert(std::is_nothrow_invocable_v<Work&>);
    }
    void operator()() const noexcept { call_(work_); }

private:
    void* work_;
    void (*call_)(void*) noexcept;
};

std::vector<HANDLE> listed_heaps();

// Does the work while nobody can destroy the heap. False if it is none of this process.
bool while_listed(HANDLE heap, Quiet work);

}  // namespace ntpages
