// write_watch/dirty: asking Windows' record of the written pages, and losing none of them.
#include "native/write_watch/dirty.hpp"

#include <mutex>
#include <stdexcept>

namespace ntpages {

Table dirty(Region& region, Range bytes, bool reset) {
    const auto use = region.use();
    require_watched(region);
    const auto range = region.checked(bytes);
    // Room for every page at once: what the system has forgotten must not be lost for want of it.
    Rows<page_fields> rows(range.size / page_size);
    rows.check_memory("dirty pages");
    // Else somebody might begin to follow the region behind this look, and miss what is forgotten.
    const auto held = reset ? region.hold_layout() : std::unique_lock<SlimLock>();
    if (reset) {
        region.forbid_if_followed();
        region.forget_writes();
    }
    each_written(region, range, reset, [&](std::size_t page) { rows.append(page); });
    rows.shrink();
    return rows.finish("dirty pages");
}

void require_watched(const Region& region) {
    if (!region.write_watched()) {
        throw std::invalid_argument("the region was not made with write_watch=True");
    }
}

}  // namespace ntpages
