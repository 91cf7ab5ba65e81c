// fuzz_physical: pages, ranges, owners and names of files as no kernel would write them.
// Input: one byte for what it is, then that.
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "native/physical/identities.hpp"
#include "native/physical/names.hpp"
#include "native/physical/pool_records.hpp"
#include "native/physical/ranges.hpp"
#include "native/physical/sources.hpp"

namespace {

using namespace ntpages;

template <typename Counts>
std::uint64_t total(const Counts& counts) {
    std::uint64_t pages = 0;
    for (const auto each : counts.by_list) pages += each;
    return pages;
}

// Whatever the pages are, each is counted once.
void sum_up(std::span<const PageIdentity> pages) {
    PageCounts counts;
    OwnersCounts owners;
    FilesCounts files;
    counts.add(pages);
    add(owners, pages);
    add(files, pages);
    std::uint64_t owned = 0;
    for (const auto& each : owners.all()) {
        owned += total(each.second) + each.second.page_tables + each.second.large;
    }
    std::uint64_t of_files = 0;
    for (const auto& each : files.all()) of_files += total(each.second);
    const auto is_owned = [](const PageIdentity& page) { return page.is_owned(); };
    const auto is_of_file = [](const PageIdentity& page) { return page.is_of_file(); };
    if (counts.count([](const PageIdentity&) { return true; }) != pages.size() ||
        counts.count(is_owned) != owned || counts.count(is_of_file) != of_files ||
        refused_at(pages) > pages.size()) {
        std::abort();
    }
}

void lies_in(const void* text, std::size_t size, const std::vector<std::byte>& bytes) {
    const auto* const begin = static_cast<const std::byte*>(text);
    if (size > 0 && (begin < bytes.data() || begin + size > bytes.data() + bytes.size())) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    // Of its own exact size: a byte too far is seen.
    std::vector<std::byte> bytes(size - 1);
    if (!bytes.empty()) std::memcpy(bytes.data(), data + 1, bytes.size());
    try {
        switch (data[0] % 6) {
            case 0: {
                std::vector<PageIdentity> pages(bytes.size() / sizeof(PageIdentity));
                if (!pages.empty()) {
                    std::memcpy(pages.data(), bytes.data(), pages.size() * sizeof(PageIdentity));
                }
                sum_up(pages);
                break;
            }
            case 1:
            case 2: {
                std::uint64_t behind = 0;
                const auto version = data[0] % 6 == 1 ? RangesVersion::old : RangesVersion::current;
                for (const auto& range : read_ranges(bytes, version)) {
                    if (range.first < behind || range.end() < range.first) std::abort();
                    behind = range.end();
                }
                break;
            }
            case 3:
                for (const auto& source : read_private_sources(bytes)) {
                    lies_in(source.name.data(), source.name.size(), bytes);
                }
                break;
            case 4:
                if (read_pool_uses(bytes).size() > bytes.size() ||
                    read_big_allocations(bytes).size() > bytes.size()) {
                    std::abort();
                }
                break;
            default:
                if (const auto file = read_file_event(bytes)) {
                    lies_in(file->path.data(), file->path.size() * sizeof(char16_t), bytes);
                }
                for (const auto& name : read_file_names(bytes)) {
                    lies_in(name.path.data(), name.path.size() * sizeof(char16_t), bytes);
                    lies_in(name.volume.data(), name.volume.size() * sizeof(char16_t), bytes);
                }
        }
    } catch (const std::runtime_error&) {  // what makes no sense is refused
    }
    return 0;
}
