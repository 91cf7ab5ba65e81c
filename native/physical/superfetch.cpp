// physical/superfetch: asking the kernel where memory is, and who has it.
#include "native/physical/superfetch.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "native/answer.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr std::array range_states{"memory", "hole"};
constexpr std::array range_fields{
    Field{"address", Kind::u64},
    Field{"size", Kind::u64},
    Field{"state", Kind::u8, range_states},
};
constexpr std::array source_kinds{"kernel", "session", "process", "unknown"};
constexpr std::array source_fields{
    Field{"kind", Kind::u8, source_kinds},
    Field{"id", Kind::u32},
    Field{"session", Kind::u32},
    Field{"key", Kind::u64},
    Field{"private_working_set", Kind::u64},
    Field{"private", Kind::u64},
    Field{"stored", Kind::u64},
    Field{"name", Kind::text},
    Field{"foreground", Kind::boolean},
};

// Asks for what grows, with a buffer that begins with `head` and is zero behind it.
template <typename Head>
std::vector<std::byte> ask_for_all(ULONG kind, const Head& head, Status& status) {
    constexpr auto attempts = 16;  // what is asked for may grow between two calls
    std::vector<std::byte> buffer(16 * 1024);
    for (auto attempt = 0;; ++attempt) {
        std::memcpy(buffer.data(), &head, sizeof(head));
        const auto answer = ask_superfetch(kind, buffer.data(), buffer.size());
        status = answer.status;
        if (status != nt::status_buffer_too_small || attempt == attempts) return buffer;
        buffer.assign(std::max(answer.needed, 2 * buffer.size()), std::byte{});
    }
}

std::wstring wide(std::string_view name) {
    return {name.begin(), name.end()};
}

}  // namespace

SuperfetchAnswer ask_superfetch(ULONG kind, void* buffer, std::size_t size) {
    nt::SuperfetchInformation question{};
    question.version = nt::superfetch_version;
    question.magic = nt::superfetch_magic;
    question.kind = kind;
    question.buffer = buffer;
    question.length = static_cast<ULONG>(size);
    ULONG needed = 0;
    const auto status = nt::query_system_information(nt::system_superfetch_information, &question,
                                                     sizeof(question), &needed);
    return {status, needed};
}

// The newer form first: newer kernels know no other.
std::vector<PageRange> query_ranges() {
    for (const auto version : {RangesVersion::current, RangesVersion::old}) {
        Status status = 0;
        const auto written = ask_for_all(nt::superfetch_memory_ranges_query,
                                         std::array{static_cast<ULONG>(version), ULONG{0}}, status);
        if (status == nt::status_invalid_parameter && version == RangesVersion::current) continue;
        check_status(status, superfetch_call);
        return sensible([&] { return read_ranges(written, version); });
    }
    return {};  // the loop has returned, or thrown
}

Table list_ranges() {
    Rows<range_fields> rows;
    std::uint64_t behind = 0;
    for (const auto& range : query_ranges()) {
        if (range.first > behind) {
            rows.append(behind * page_size, (range.first - behind) * page_size, 1);
        }
        rows.append(range.first * page_size, range.count * page_size, 0);
        behind = range.end();
    }
    return rows.finish("Range");
}

Table list_sources(bool stored) {
    constexpr ULONG with_stored = 2;
    nt::PrivateSourceRequest request{};
    request.version = nt::private_source_version;
    request.flags = stored ? with_stored : 0;
    Status status = 0;
    const auto written = ask_for_all(nt::superfetch_private_source_query, request, status);
    check_status(status, superfetch_call);
    const auto sources = sensible([&] { return read_private_sources(written); });
    Rows<source_fields> rows(sources.size());
    for (const auto& each : sources) {
        const auto kind =
            std::min<std::size_t>(static_cast<std::size_t>(each.kind), source_kinds.size() - 1);
        const auto name = wide(each.name);
        rows.append(static_cast<std::uint8_t>(kind), each.id, each.session, each.key,
                    each.private_working_set * page_size, each.private_pages * page_size,
                    stored ? each.stored_pages * page_size : 0, name, each.foreground);
    }
    return rows.finish("PageSource");
}

CoarseLists query_coarse_lists() {
    constexpr std::size_t most = 64;  // nodes
    std::vector<std::byte> buffer(sizeof(nt::MemoryListRequest) +
                                  most * sizeof(nt::MemoryListNode));
    nt::MemoryListRequest request{};
    request.version = nt::memory_list_version;
    request.size = static_cast<ULONG>(buffer.size());
    std::memcpy(buffer.data(), &request, sizeof(request));
    check_status(
        ask_superfetch(nt::superfetch_memory_list_query, buffer.data(), buffer.size()).status,
        superfetch_call);
    request = value_at<nt::MemoryListRequest>(buffer, 0);
    if (request.count == 0 || request.count > most) {
        fail_status(superfetch_call, nt::status_internal_error, "the page lists have no nodes");
    }
    CoarseLists lists{};
    for (std::size_t i = 0; i < request.count; ++i) {
        const auto node =
            value_at<nt::MemoryListNode>(buffer, sizeof(request) + i * sizeof(nt::MemoryListNode));
        lists.free += node.free * page_size;
        lists.standby += (node.standby_low + node.standby_medium + node.standby_high) * page_size;
        lists.modified += node.modified * page_size;
    }
    return lists;
}

}  // namespace ntpages
