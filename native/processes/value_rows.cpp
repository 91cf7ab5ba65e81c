// processes/value_rows: rows of parts in ascending order, where several may begin at one address.
#include "native/processes/value_rows.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>

#include "native/commit.hpp"
#include "native/error.hpp"
#include "native/handle.hpp"
#include "native/processes/bench.hpp"

namespace ntpages {
namespace {

constexpr std::array whole_fields{Field{"address", Kind::u64}, Field{"value", Kind::i64}};
constexpr std::array natural_fields{Field{"address", Kind::u64}, Field{"value", Kind::u64}};
constexpr std::array real_fields{Field{"address", Kind::u64}, Field{"value", Kind::f64}};
constexpr std::array bytes_fields{Field{"address", Kind::u64}, Field{"value", Kind::bytes}};
constexpr std::array text_fields{Field{"address", Kind::u64}, Field{"value", Kind::bytes},
                                 Field{"encoding", Kind::u32}};

// Where a part that kept pages is written out again.
class Restored {
public:
    // Calls `use` with the number of each that is left, and where its value is, until it answers
    // false. What is there stays until the next part.
    template <typename Use>
    void each(const Kept& part, Use use) {
        if (part.is_few()) {
            for (std::size_t i = 0; i < part.left; ++i) {
                if (!use(part.which[i], part.values + i * part.width)) return;
            }
            return;
        }
        constexpr auto size = Bench::chunk + Bench::longest;
        if (!memory_) memory_.reset(check(new_pages(size), "VirtualAlloc"));
        left_.resize(Bench::chunk / 64);
        auto* const bytes = static_cast<std::byte*>(memory_.get());
        part.restore(bytes, left_);
        for (std::uint32_t number = 0; number < part.count; ++number) {
            if ((left_[number / 64] >> number % 64 & 1) == 0) continue;
            if (!use(number, bytes + number * part.step)) return;
        }
    }

private:
    Pages memory_;
    std::vector<std::uint64_t> left_;
};

template <const auto& fields, typename T, typename Shown>
Table rows_of(const std::vector<Kept>& parts, std::size_t limit) {
    Rows<fields> rows;
    Restored restored;
    for (const auto& part : parts) {
        if (rows.size() == limit) break;
        restored.each(part, [&](std::size_t number, const std::byte* at) {
            if (rows.size() == limit) return false;
            const auto address = part.address + number * part.step;
            return rows.append(address, static_cast<Shown>(number_at<T>(at)));
        });
    }
    return rows.finish("Value");
}

struct Content {
    std::uint32_t number;
    const Kept* part;
    const std::byte* at;

    [[nodiscard]] std::uint64_t address() const noexcept {
        return part->address + number * part->step;
    }
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {at, part->width}; }
    [[nodiscard]] auto order() const noexcept {
        return std::tuple(number, part->encoding, part->width);
    }
};

// Calls `use` with each in ascending order, whatever part it is of, until it answers false.
template <typename Use>
void each_content(const std::vector<Kept>& parts, Use use) {
    std::vector<Restored> restored;
    std::vector<Content> contents;
    for (auto from = parts.begin(); from != parts.end();) {
        contents.clear();
        const auto first = from;
        for (; from != parts.end() && from->address == first->address; ++from) {
            const auto place = static_cast<std::size_t>(from - first);
            if (restored.size() == place) restored.emplace_back();
            restored[place].each(*from, [&](std::uint32_t number, const std::byte* at) {
                contents.push_back({number, &*from, at});
                return true;
            });
        }
        std::ranges::sort(contents, {}, &Content::order);
        if (!std::ranges::all_of(contents, use)) return;
    }
}

}  // namespace

Table number_rows(Number kind, const std::vector<Kept>& parts, std::size_t limit) {
    return with_number(kind, [&](auto zero) {
        using T = decltype(zero);
        if constexpr (std::is_floating_point_v<T>) {
            return rows_of<real_fields, T, double>(parts, limit);
        } else if constexpr (std::is_signed_v<T>) {
            return rows_of<whole_fields, T, std::int64_t>(parts, limit);
        } else {
            return rows_of<natural_fields, T, std::uint64_t>(parts, limit);
        }
    });
}

Table content_rows(bool with_encoding, const std::vector<Kept>& parts, std::size_t limit) {
    if (with_encoding) {
        Rows<text_fields> rows;
        each_content(parts, [&](const Content& it) {
            return rows.size() < limit && rows.append(it.address(), it.bytes(), it.part->encoding);
        });
        return rows.finish("Value");
    }
    Rows<bytes_fields> rows;
    each_content(parts, [&](const Content& it) {
        return rows.size() < limit && rows.append(it.address(), it.bytes());
    });
    return rows.finish("Value");
}

}  // namespace ntpages
