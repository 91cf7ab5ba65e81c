// system/pagefiles: the layout of SystemPageFileInformation, and how it is walked.
#include "native/system/pagefiles.hpp"

#include "native/answer.hpp"

namespace ntpages {
namespace {

// Source: System Informer phnt, ntexapi.h, SYSTEM_PAGEFILE_INFORMATION and the _EX that follows it.
struct Entry {
    std::uint32_t next;  // bytes to the next entry, 0 in the last
    std::uint32_t size;
    std::uint32_t used;
    std::uint32_t peak;
    std::uint16_t name_length;  // bytes
    std::uint16_t name_maximum;
    std::uint32_t name_padding;
    std::uint64_t name;  // address
};
static_assert(sizeof(Entry) == 32 && offsetof(Entry, name) == 24);

struct Limits {
    std::uint32_t minimum;
    std::uint32_t maximum;
};

}  // namespace

std::vector<PageFileEntry> read_page_files(std::span<const std::byte> written, std::uint64_t base,
                                           PageFileChain chain) {
    const auto limited = chain == PageFileChain::with_limits;
    const auto size = sizeof(Entry) + (limited ? sizeof(Limits) : 0);
    std::vector<PageFileEntry> files;
    for (auto rest = written; rest.size() >= size;) {
        const auto entry = value_at<Entry>(rest, 0);
        PageFileEntry file{text_in(written, base, entry.name, entry.name_length),
                           entry.size,
                           entry.used,
                           entry.peak,
                           {},
                           {}};
        if (limited) {
            const auto limits = value_at<Limits>(rest, sizeof(Entry));
            file.minimum = limits.minimum;
            file.maximum = limits.maximum;
        }
        files.push_back(file);
        if (entry.next == 0 || entry.next > rest.size()) break;
        rest = rest.subspan(entry.next);
    }
    return files;
}

}  // namespace ntpages
