// physical/census: one look at every page, and the sums of it.
#include "native/physical/census.hpp"

#include <array>
#include <mutex>
#include <numeric>
#include <utility>

#include "native/physical/superfetch.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr std::array use_fields{
    Field{"use", Kind::u8, page_use_labels},
    Field{"active", Kind::u64},
    Field{"standby", Kind::u64},
    Field{"modified", Kind::u64},
    Field{"modified_no_write", Kind::u64},
    Field{"transition", Kind::u64},
    Field{"zero", Kind::u64},
    Field{"free", Kind::u64},
    Field{"bad", Kind::u64},
    Field{"pinned", Kind::u64},
    Field{"total", Kind::u64},
};
constexpr std::array priority_fields{
    Field{"priority", Kind::u8}, Field{"standby", Kind::u64}, Field{"files", Kind::u64},
    Field{"private", Kind::u64}, Field{"shared", Kind::u64},  Field{"repurposed", Kind::u64},
};
constexpr std::array owner_fields{
    Field{"owner", Kind::u64},    Field{"active", Kind::u64}, Field{"standby", Kind::u64},
    Field{"modified", Kind::u64}, Field{"other", Kind::u64},  Field{"page_tables", Kind::u64},
    Field{"large", Kind::u64},    Field{"total", Kind::u64},
};
constexpr std::array file_fields{
    Field{"key", Kind::u64},       Field{"path", Kind::text},     Field{"metafile", Kind::boolean},
    Field{"total", Kind::u64},     Field{"data", Kind::u64},      Field{"image", Kind::u64},
    Field{"active", Kind::u64},    Field{"standby", Kind::u64},   Field{"modified", Kind::u64},
    Field{"other", Kind::u64},     Field{"standby_0", Kind::u64}, Field{"standby_1", Kind::u64},
    Field{"standby_2", Kind::u64}, Field{"standby_3", Kind::u64}, Field{"standby_4", Kind::u64},
    Field{"standby_5", Kind::u64}, Field{"standby_6", Kind::u64}, Field{"standby_7", Kind::u64},
};

constexpr std::size_t index(PageList list) {
    return static_cast<std::size_t>(list);
}

template <typename Number>
std::uint64_t total_of(const std::array<Number, page_lists>& by_list) {
    return std::accumulate(by_list.begin(), by_list.end(), std::uint64_t{0});
}

std::uint64_t distance(std::uint64_t one, std::uint64_t other) {
    return one > other ? one - other : other - one;
}

}  // namespace

Census::Census(bool processes, bool files)
    : reader_(query_ranges()), by_process_(processes), by_file_(files) {}

bool Census::advance(std::uint32_t milliseconds) {
    const std::scoped_lock lock(turn_);
    return reader_.read(batch_, milliseconds, [&](std::span<const PageIdentity> pages) {
        counts_.add(pages);
        if (by_process_) add(owners_, pages);
        if (by_file_) add(files_, pages);
    });
}

std::uint64_t Census::total() const noexcept {
    return reader_.total() * page_size;
}

std::uint64_t Census::done() const noexcept {
    const std::scoped_lock lock(turn_);
    return reader_.done() * page_size;
}

std::uint64_t Census::unidentified() const noexcept {
    const std::scoped_lock lock(turn_);
    return reader_.unidentified() * page_size;
}

std::uint64_t Census::images() const {
    const std::scoped_lock lock(turn_);
    return counts_.count([](const PageIdentity& page) {
        return page.is_image() &&
               (page.list() == PageList::active || page.list() == PageList::transition);
    }) * page_size;
}

std::uint64_t Census::combined() const {
    const std::scoped_lock lock(turn_);
    return counts_.count([](const PageIdentity& page) { return page.is_combined(); }) * page_size;
}

std::uint64_t Census::on(PageList list) const {
    return counts_.count([=](const PageIdentity& page) { return page.list() == list; });
}

std::uint64_t Census::drift() const {
    const std::scoped_lock lock(turn_);
    const auto& said = reader_.lists();
    const auto standby =
        std::accumulate(std::begin(said.standby), std::end(said.standby), std::size_t{0});
    const std::array<std::pair<PageList, std::uint64_t>, 6> lists{{
        {PageList::zero, said.zero},
        {PageList::free, said.free},
        {PageList::standby, standby},
        {PageList::modified, said.modified},
        {PageList::modified_no_write, said.modified_no_write},
        {PageList::bad, said.bad},
    }};
    std::uint64_t pages = 0;
    for (const auto& each : lists) pages += distance(on(each.first), each.second);
    return pages * page_size;
}

bool Census::keys_hidden() const noexcept {
    const std::scoped_lock lock(turn_);
    return owners_.hidden() || files_.hidden();
}

Table Census::uses() const {
    const std::scoped_lock lock(turn_);
    std::array<std::array<std::uint64_t, page_lists>, page_uses> found{};
    std::array<std::uint64_t, page_uses> pinned{};
    counts_.each([&](const PageIdentity& page, std::uint64_t pages) {
        const auto use = static_cast<std::size_t>(page.use());
        found[use][index(page.list())] += pages;
        if (page.pinned()) pinned[use] += pages;
    });
    Rows<use_fields> rows(page_uses);
    for (std::size_t use = 0; use < page_uses; ++use) {
        const auto on_list = [&](PageList list) { return found[use][index(list)] * page_size; };
        rows.append(static_cast<std::uint8_t>(use), on_list(PageList::active),
                    on_list(PageList::standby), on_list(PageList::modified),
                    on_list(PageList::modified_no_write), on_list(PageList::transition),
                    on_list(PageList::zero), on_list(PageList::free), on_list(PageList::bad),
                    pinned[use] * page_size, total_of(found[use]) * page_size);
    }
    return rows.finish("PageUse");
}

Table Census::priorities() const {
    const std::scoped_lock lock(turn_);
    struct Found {
        std::uint64_t all, files, process_private, shared;
    };
    std::array<Found, page_priorities> found{};
    counts_.each([&](const PageIdentity& page, std::uint64_t pages) {
        if (page.list() != PageList::standby) return;
        auto& there = found[page.priority()];
        there.all += pages;
        if (page.is_of_file()) there.files += pages;
        if (page.use() == PageUse::process_private) there.process_private += pages;
        if (page.use() == PageUse::shared) there.shared += pages;
    });
    Rows<priority_fields> rows(page_priorities);
    for (std::size_t priority = 0; priority < page_priorities; ++priority) {
        const auto& there = found[priority];
        rows.append(static_cast<std::uint8_t>(priority), there.all * page_size,
                    there.files * page_size, there.process_private * page_size,
                    there.shared * page_size, reader_.lists().repurposed[priority] * page_size);
    }
    return rows.finish("StandbyPriority");
}

Table Census::owners() const {
    const std::scoped_lock lock(turn_);
    Rows<owner_fields> rows(owners_.all().size());
    for (const auto& each : owners_.all()) {
        const auto& counts = each.second;
        const auto all = total_of(counts.by_list);
        const auto active = counts.by_list[index(PageList::active)];
        const auto standby = counts.by_list[index(PageList::standby)];
        const auto modified = counts.by_list[index(PageList::modified)];
        rows.append(each.first, active * page_size, standby * page_size, modified * page_size,
                    (all - active - standby - modified) * page_size, counts.page_tables * page_size,
                    counts.large * page_size,
                    (all + counts.page_tables + counts.large) * page_size);
    }
    return rows.finish("PageOwner");
}

Table Census::files(const FileNames* names) const {
    const std::scoped_lock lock(turn_);
    Rows<file_fields> rows(files_.all().size());
    for (const auto& each : files_.all()) {
        const auto& counts = each.second;
        const auto all = total_of(counts.by_list);
        const auto bytes = [](std::uint64_t pages) { return pages * page_size; };
        const auto on_list = [&](PageList list) { return bytes(counts.by_list[index(list)]); };
        const auto active = on_list(PageList::active);
        const auto standby = on_list(PageList::standby);
        const auto modified = on_list(PageList::modified);
        const auto& by_priority = counts.standby;
        rows.append(each.first, names ? names->of(each.first) : std::wstring_view(),
                    counts.metafile, bytes(all), bytes(all - counts.image), bytes(counts.image),
                    active, standby, modified, bytes(all) - active - standby - modified,
                    bytes(by_priority[0]), bytes(by_priority[1]), bytes(by_priority[2]),
                    bytes(by_priority[3]), bytes(by_priority[4]), bytes(by_priority[5]),
                    bytes(by_priority[6]), bytes(by_priority[7]));
    }
    return rows.finish("CachedFile");
}

}  // namespace ntpages
