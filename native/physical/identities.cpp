// physical/identities: sums of what the kernel says of pages.
#include "native/physical/identities.hpp"

namespace ntpages {

void PageCounts::add(std::span<const PageIdentity> pages) noexcept {
    for (const auto& page : pages) ++counts_[kind_of(page)];
}

void add(OwnersCounts& owners, std::span<const PageIdentity> pages) {
    for (const auto& page : pages) {
        if (!page.is_owned()) continue;
        auto& counts = owners.of(page.owner());
        switch (page.use()) {
            case PageUse::process_private:
                ++counts.by_list[static_cast<std::size_t>(page.list())];
                break;
            case PageUse::page_table:
                ++counts.page_tables;
                break;
            default:
                ++counts.large;
        }
    }
}

void add(FilesCounts& files, std::span<const PageIdentity> pages) {
    for (const auto& page : pages) {
        if (!page.is_of_file()) continue;
        auto& counts = files.of(page.file());
        ++counts.by_list[static_cast<std::size_t>(page.list())];
        if (page.list() == PageList::standby) ++counts.standby[page.priority()];
        if (page.is_image()) ++counts.image;
        if (page.use() == PageUse::metafile) counts.metafile = true;
    }
}

std::size_t refused_at(std::span<const PageIdentity> entries) noexcept {
    constexpr std::uint64_t no_page = 2;
    for (auto at = entries.size(); at-- > 0;) {
        if (entries[at].word == 0 && entries[at].detail == 0) continue;
        return (entries[at].detail & no_page) != 0 ? at : entries.size();
    }
    return entries.size();
}

}  // namespace ntpages
