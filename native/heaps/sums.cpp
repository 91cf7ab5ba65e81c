// heaps/sums: what tables of heap entries say: counts, sums, and what grew between two of them.
#include "native/heaps/sums.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ntpages {
namespace {

constexpr Field class_fields[] = {
    {"smallest", Kind::u64},  {"largest", Kind::u64}, {"busy", Kind::u64},
    {"busy_size", Kind::u64}, {"free", Kind::u64},    {"free_size", Kind::u64},
};

constexpr Field growth_fields[] = {
    {"size", Kind::u64},   {"appeared", Kind::u64}, {"vanished", Kind::u64},
    {"growth", Kind::i64}, {"address", Kind::u64},
};

}  // namespace

Table Histogram::finish() const {
    const auto used = [](const Class& each) { return each.busy != 0 || each.free != 0; };
    const auto first = std::ranges::find_if(classes_, used);
    const auto last = std::find_if(classes_.rbegin(), std::make_reverse_iterator(first), used);
    Rows<class_fields> rows;
    for (auto each = first; each != last.base(); ++each) {
        const auto shift = smallest_bits + (each - classes_.begin());
        const auto largest = shift < 64 ? std::uint64_t{1} << shift : UINT64_MAX;
        const auto below = each == classes_.begin() ? 0 : (std::uint64_t{1} << (shift - 1)) + 1;
        rows.append(below, largest, each->busy, each->busy_size, each->free, each->free_size);
    }
    return rows.finish("size classes");
}

namespace {

// The columns of any table of entries, whoever filled it: a walk, or who read a saved one.
class Entries {
public:
    // `name` is what the caller knows the table by.
    Entries(const char* name, const Table& table)
        : name_(name),
          size_(table.size()),
          addresses_(table.cells<std::uint64_t>(find(table, "address", Kind::u64))),
          sizes_(table.cells<std::uint64_t>(find(table, "size", Kind::u64))),
          kinds_(kinds_in(table)) {}
    Entries(const Entries&) = delete;
    Entries& operator=(const Entries&) = delete;

    template <typename Visit>
    void each(Visit visit) const {
        for (std::size_t row = 0; row < size_; ++row) {
            visit(static_cast<EntryKind>(kinds_[row]), addresses_[row], sizes_[row]);
        }
    }

private:
    static constexpr auto absent = static_cast<std::size_t>(-1);

    static std::size_t index(const Table& table, std::string_view name, Kind kind) noexcept {
        for (std::size_t i = 0; i < table.width(); ++i) {
            if (table.field(i).name == name && table.field(i).kind == kind) return i;
        }
        return absent;
    }

    std::size_t find(const Table& table, std::string_view name, Kind kind) const {
        const auto found = index(table, name, kind);
        if (found != absent) return found;
        refuse("it has no column " + std::string(name) + " of theirs");
    }

    [[noreturn]] void refuse(const std::string& why) const {
        throw std::invalid_argument(std::string(name_) +
                                    " must be a table of heap entries: " + why);
    }

    // As numbers: those of a walk, or what the words of a saved one mean.
    const std::uint8_t* kinds_in(const Table& table) {
        const auto numbers = index(table, "kind", Kind::u8);
        if (numbers != absent && std::ranges::equal(table.field(numbers).labels, entry_kinds,
                                                    std::equal_to<std::string_view>())) {
            return table.cells<std::uint8_t>(numbers);
        }
        const auto words = find(table, "kind", Kind::text);
        read_.reserve(size_);
        for (std::size_t row = 0; row < size_; ++row) {
            const auto* const kind = std::ranges::find(entry_kinds, table.text(words, row));
            if (kind == std::end(entry_kinds)) {
                refuse("a kind is busy, free, uncommitted or region, not " +
                       std::string(table.text(words, row)));
            }
            read_.push_back(static_cast<std::uint8_t>(kind - entry_kinds));
        }
        return read_.data();
    }

    const char* name_;
    std::size_t size_;
    const std::uint64_t* addresses_;
    const std::uint64_t* sizes_;
    std::vector<std::uint8_t> read_;  // before the next one, which may point into it
    const std::uint8_t* kinds_;
};

struct Place {
    std::uint64_t address;
    std::uint64_t size;
    friend auto operator<=>(const Place&, const Place&) = default;
};

std::vector<Place> busy_blocks(const char* name, const Table& table) {
    std::vector<Place> blocks;
    blocks.reserve(table.size());
    Entries(name, table).each([&](EntryKind kind, std::uint64_t address, std::uint64_t size) {
        if (kind == EntryKind::busy) blocks.push_back({address, size});
    });
    std::ranges::sort(blocks);
    return blocks;
}

struct Growth {
    std::uint64_t appeared = 0;
    std::uint64_t vanished = 0;
    std::uint64_t address = 0;  // of one that appeared
};

}  // namespace

Table count_entries(const Table& table) {
    Histogram counts;
    Entries("entries", table).each([&](EntryKind kind, std::uint64_t, std::uint64_t size) {
        counts.add(kind, size);
    });
    return counts.finish();
}

Fragmentation sum_entries(const Table& table) {
    Fragmentation sums;
    Entries("entries", table).each([&](EntryKind kind, std::uint64_t, std::uint64_t size) {
        sums.add(kind, size);
    });
    return sums;
}

// Blocks are the same where address and size are: Windows knows them by nothing else.
Table compare_entries(const Table& before, const Table& after) {
    const auto old = busy_blocks("before", before);
    const auto now = busy_blocks("after", after);
    std::map<std::uint64_t, Growth> sizes;
    auto was = old.begin();
    auto is = now.begin();
    while (was != old.end() || is != now.end()) {
        if (is == now.end() || (was != old.end() && *was < *is)) {
            ++sizes[(was++)->size].vanished;
        } else if (was == old.end() || *is < *was) {
            auto& growth = sizes[is->size];
            ++growth.appeared;
            growth.address = (is++)->address;
        } else {
            ++was;
            ++is;
        }
    }
    Rows<growth_fields> rows(sizes.size());
    for (const auto& [size, growth] : sizes) {
        rows.append(size, growth.appeared, growth.vanished,
                    static_cast<std::int64_t>((growth.appeared - growth.vanished) * size),
                    growth.address);
    }
    const auto table = rows.finish("heap growth");
    return table.take(table.order(3, true));
}

}  // namespace ntpages
