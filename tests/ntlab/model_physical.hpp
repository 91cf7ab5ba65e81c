// model_physical: what the pages of the modelled machine are laid out with. Also the door's
// layouts.
#pragma once

#include <windows.h>

#include <array>
#include <cstdint>

namespace ntlab {

// Pages side by side that have all in common. Those of a file follow each other in it, too.
struct Stretch {
    static constexpr std::uint32_t pinned = 1;
    static constexpr std::uint32_t flagged = 2;    // an image's, or combined
    static constexpr std::uint32_t no_record = 4;  // the kernel knows nothing of them

    std::uint64_t pages = 0;
    std::uint32_t use = 0;  // the kernel's numbers: MMPFNUSE_...
    std::uint32_t list = 0;
    std::uint32_t priority = 0;
    std::uint32_t flags = 0;
    std::uint32_t owner = 0;  // the id of a process
    std::uint32_t padding = 0;
    std::uint64_t offset = 0;  // of the first, in a file
    std::uint64_t detail = 0;  // the key of a file, or an address
};
static_assert(sizeof(Stretch) == 48);

struct Source {
    std::uint32_t kind = 2;  // a process
    std::uint32_t pid = 0;
    char name[16] = "";
    std::uint32_t session = 0;
    std::uint32_t foreground = 0;
    std::uint64_t private_pages = 0;
    std::uint64_t private_working_set = 0;
    std::uint64_t stored = 0;  // compressed pages
};
static_assert(sizeof(Source) == 56);

struct PageLists {  // SYSTEM_MEMORY_LIST_INFORMATION
    std::uint64_t zero, free, modified, modified_no_write, bad;
    std::array<std::uint64_t, 8> standby, repurposed;
    std::uint64_t modified_page_file;
};
static_assert(sizeof(PageLists) == 176);

// Lets go of what is cached of a file; where somebody has it mapped, what is in use stays.
void purge(std::uint64_t key, bool mapped) noexcept;

}  // namespace ntlab
