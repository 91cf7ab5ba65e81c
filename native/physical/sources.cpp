// physical/sources: the layout of PF_PRIVSOURCE_QUERY_REQUEST, and how it is read.
#include "native/physical/sources.hpp"

#include <algorithm>
#include <stdexcept>

#include "native/answer.hpp"

namespace ntpages {
namespace {

// Source: phnt, ntpfapi.h, PF_PRIVSOURCE_INFO.
struct Entry {
    std::uint32_t kind;
    std::uint32_t id;
    std::uint64_t hashes[2];
    std::uint64_t key;
    std::uint64_t private_working_set;
    std::uint64_t private_pages;
    std::uint32_t session;
    char name[16];
    std::uint32_t padding;
    std::uint64_t stored_pages;
    std::uint64_t working_set;
    std::uint32_t frozen_for;
    std::uint32_t flags;
};
static_assert(sizeof(Entry) == 96 && offsetof(Entry, key) == 24 && offsetof(Entry, name) == 52 &&
              offsetof(Entry, stored_pages) == 72 && offsetof(Entry, flags) == 92);

constexpr std::size_t head = 16;
constexpr std::size_t count_offset = 8;
constexpr std::uint32_t in_foreground = 4;

}  // namespace

std::vector<PrivateSource> read_private_sources(std::span<const std::byte> written) {
    if (written.size() < head) throw std::runtime_error("the sources of pages are cut short");
    const auto count = value_at<std::uint32_t>(written, count_offset);
    if (count == 0) throw std::runtime_error("nobody has pages");
    if (count > (written.size() - head) / sizeof(Entry)) {
        throw std::runtime_error("there are more sources of pages than were written");
    }
    std::vector<PrivateSource> sources;
    sources.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto at = head + i * sizeof(Entry);
        const auto entry = value_at<Entry>(written, at);
        const auto* const name =
            reinterpret_cast<const char*>(written.data() + at + offsetof(Entry, name));
        const auto length = std::find(name, name + sizeof entry.name, '\0') - name;
        sources.push_back({
            .kind = static_cast<SourceKind>(entry.kind),
            .id = entry.id,
            .session = entry.session,
            .key = entry.key,
            .private_working_set = entry.private_working_set,
            .private_pages = entry.private_pages,
            .stored_pages = entry.stored_pages,
            .name = {name, static_cast<std::size_t>(length)},
            .foreground = (entry.flags & in_foreground) != 0,
        });
    }
    return sources;
}

}  // namespace ntpages
