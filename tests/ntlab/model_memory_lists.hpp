// model_memory_lists: the pages of the modelled machine, for models that count or move them too.
#pragma once

#include <array>
#include <cstdint>

namespace ntlab {

// Every page of the machine is on one list, or in use. Also the door's layout.
struct Pages {
    std::uint64_t zero;
    std::uint64_t free;
    std::uint64_t modified;  // all of it, with...
    std::uint64_t
        modified_page_file;  // ... what goes to a page file; the rest goes to mapped files
    std::uint64_t modified_no_write;
    std::uint64_t bad;
    std::array<std::uint64_t, 8> standby;
    std::array<std::uint64_t, 8> repurposed;  // a count of events, not of pages
    std::uint64_t working_sets;               // in processes
    std::uint64_t cache;                      // in the system's file cache
    std::uint64_t duplicates;                 // of those in processes, equal to another page
    std::uint64_t fixed;                      // the kernel's own
};

Pages pages() noexcept;
std::uint64_t total(const Pages& all) noexcept;

}  // namespace ntlab
