// physical/reader: the pages of the machine, batch by batch.
#include "native/physical/reader.hpp"

#include <algorithm>

#include "native/commit.hpp"
#include "native/error.hpp"
#include "native/physical/superfetch.hpp"

namespace ntpages {
namespace {

constexpr std::size_t largest_batch = 65'536;  // 256 MiB of memory, 1.5 MiB of pool
constexpr std::size_t smallest_batch = 16;     // behind a page that has no record: others follow
// The kernel wants room for eight entries more than it is asked for: the head is that long.
constexpr std::size_t entries_of_head = sizeof(nt::PfnRequest) / sizeof(PageIdentity);
static_assert(sizeof(nt::PfnRequest) == entries_of_head * sizeof(PageIdentity));

constexpr std::size_t bytes_for(std::size_t count) {
    return (entries_of_head + count) * sizeof(PageIdentity);
}

// Pages that are all zero and nobody's are an answer only where the kernel counts as many.
void check_answered(const nt::PfnRequest& request, std::span<const PageIdentity> entries) {
    const auto is_told = [](const PageIdentity& entry) {
        return entry.word != 0 || entry.detail != 0;
    };
    if (request.lists.zero >= entries.size() || std::ranges::any_of(entries, is_told)) return;
    fail_status(superfetch_call, nt::status_internal_error, "the kernel said nothing of its pages");
}

}  // namespace

PageBatch::PageBatch() : buffer_(check(new_pages(bytes_for(largest_batch)), "VirtualAlloc")) {}

PageReader::PageReader(std::vector<PageRange> ranges)
    : ranges_(std::move(ranges)), count_(largest_batch), largest_(largest_batch) {}

std::span<PageIdentity> PageReader::ask(const PageBatch& batch, std::size_t count,
                                        Status& status) const {
    auto* const request = batch.request();
    *request = {};
    request->version = nt::pfn_request_version;
    request->flags = nt::pfn_request_lists;
    request->count = count;
    const std::span entries(reinterpret_cast<PageIdentity*>(request + 1), count);
    const auto first = ranges_[range_].first + offset_;
    for (std::size_t i = 0; i < count; ++i) entries[i] = {0, first + i, 0};
    status = ask_superfetch(nt::superfetch_pfn_query, request, bytes_for(count)).status;
    if (entries.front().page != first || entries.back().page != first + count - 1) {
        fail_status(superfetch_call, nt::status_internal_error,
                    "the kernel answered for other pages than it was asked for");
    }
    return entries;
}

void PageReader::advance(std::size_t pages) noexcept {
    offset_ += pages;
    done_ += pages;
    if (offset_ < ranges_[range_].count) return;
    ++range_;
    offset_ = 0;
}

std::span<const PageIdentity> PageReader::next(const PageBatch& batch) {
    while (range_ < ranges_.size()) {
        const auto left = ranges_[range_].count - offset_;
        if (left == 0) {  // an empty range
            advance(0);
            continue;
        }
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, count_));
        Status status = 0;
        const auto entries = ask(batch, count, status);
        if (status == nt::status_insufficient_resources && count_ > smallest_batch) {
            largest_ = count_ /= 2;  // there is less pool than that
            continue;
        }
        auto known = entries.size();
        if (status == nt::status_invalid_parameter_2) {
            known = refused_at(entries);
            if (known == entries.size()) {
                fail_status(superfetch_call, status, "the kernel does not say which page it means");
            }
            ++unidentified_;
            advance(known + 1);
            count_ = std::min(smallest_batch, largest_);
        } else {
            check_status(status, superfetch_call);
            check_answered(*batch.request(), entries);
            advance(known);
            count_ = std::min(2 * count_, largest_);
        }
        lists_ = batch.request()->lists;
        if (known > 0) return entries.first(known);
    }
    return {};
}

}  // namespace ntpages
