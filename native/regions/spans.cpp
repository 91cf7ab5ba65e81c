// regions/spans: VirtualQuery over a range, and what comes of it.
#include "native/regions/spans.hpp"

#include <string>

#include "native/regions/region.hpp"

namespace ntpages {
namespace {

constexpr Field span_fields[] = {
    {"offset", Kind::u64},
    {"size", Kind::u64},
    {"state", Kind::u8, page_states},
    {"protection", Kind::u32},
};

}  // namespace

bool readable(const MEMORY_BASIC_INFORMATION& pages) noexcept {
    constexpr DWORD no_reading = PAGE_NOACCESS | PAGE_EXECUTE | PAGE_GUARD;
    return pages.State == MEM_COMMIT && (pages.Protect & no_reading) == 0;
}

bool writable(DWORD protection) noexcept {
    constexpr DWORD writing =
        PAGE_READWRITE | PAGE_EXECUTE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_WRITECOPY;
    return (protection & writing) != 0 && (protection & PAGE_GUARD) == 0;
}

void fail_reading(std::size_t offset, const MEMORY_BASIC_INFORMATION& pages) {
    throw NotLendable("bytes from offset " + std::to_string(offset) +
                      (pages.State == MEM_COMMIT ? " on are protected against reading"
                                                 : " on are not committed"));
}

bool require_readable(std::byte* base, Range range) {
    auto all_writable = true;
    each_span(base, range, [&](const auto& pages, Range part) {
        if (!readable(pages)) fail_reading(part.offset, pages);
        all_writable = all_writable && writable(pages.Protect);
        return true;
    });
    return all_writable;
}

std::size_t committed_in(std::byte* base, Range range) {
    std::size_t bytes = 0;
    each_span(base, range, [&](const auto& pages, Range part) {
        if (pages.State == MEM_COMMIT) bytes += part.size;
        return true;
    });
    return bytes;
}

Table spans_of(std::byte* base, Range range) {
    Rows<span_fields> rows;
    MEMORY_BASIC_INFORMATION alike{};
    Range span{range.offset, 0};
    const auto finish = [&] {
        return span.size == 0 ||
               rows.append(span.offset, span.size, page_state(alike.State), alike.Protect);
    };
    // VirtualQuery may end a span where only something hidden changes.
    each_span(base, range, [&](const auto& pages, Range part) {
        if (pages.State == alike.State && pages.Protect == alike.Protect) {
            span.size += part.size;
            return true;
        }
        const auto room = finish();
        alike = pages;
        span = part;
        return room;
    });
    finish();
    return rows.finish("spans");
}

}  // namespace ntpages
