// table/table: many rows of one shape, column by column, in memory that no heap knows of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/error.hpp"
#include "native/handle.hpp"
#include "native/table/slabs.hpp"

namespace ntpages {

enum class Kind : std::uint8_t { u8, u16, u32, u64, i32, i64, f64, boolean, text, bytes };

// One column of a schema: declare them as a constexpr array in the room that fills them. A u8
// column may have labels: its cells are then indices into them, and Python sees the label.
struct Field {
    const char* name;
    Kind kind;
    std::span<const char* const> labels = {};
};

inline constexpr std::size_t max_labels =
    128;  // what the indices of a dictionary of Arrow can tell

// What a cell of each kind is given as. Text arrives as Windows hands it out, and is kept as UTF-8.
// clang-format off
template <Kind> struct CellOf;
template <> struct CellOf<Kind::u8> { using type = std::uint8_t; };
template <> struct CellOf<Kind::u16> { using type = std::uint16_t; };
template <> struct CellOf<Kind::u32> { using type = std::uint32_t; };
template <> struct CellOf<Kind::u64> { using type = std::uint64_t; };
template <> struct CellOf<Kind::i32> { using type = std::int32_t; };
template <> struct CellOf<Kind::i64> { using type = std::int64_t; };
template <> struct CellOf<Kind::f64> { using type = double; };
template <> struct CellOf<Kind::boolean> { using type = bool; };
template <> struct CellOf<Kind::text> { using type = std::wstring_view; };
template <> struct CellOf<Kind::bytes> { using type = std::span<const std::byte>; };
// clang-format on
template <Kind kind>
using Cell = typename CellOf<kind>::type;

// Whether each cell has a length of its own: the column holds the offsets where they start.
constexpr bool has_lengths(Kind kind) {
    return kind == Kind::text || kind == Kind::bytes;
}

// Bytes a cell takes in its column.
constexpr std::size_t width_of(Kind kind) {
    switch (kind) {
        case Kind::u8:
        case Kind::boolean:
            return 1;
        case Kind::u16:
            return 2;
        case Kind::u32:
        case Kind::i32:
            return 4;
        default:
            return 8;
    }
}

// Calls `use` with a zero of the type that cells of this kind have in memory.
template <typename Use>
auto with_cell(Kind kind, Use use) {
    switch (kind) {
        case Kind::u8:
        case Kind::boolean:
            return use(std::uint8_t{});
        case Kind::u16:
            return use(std::uint16_t{});
        case Kind::u32:
            return use(std::uint32_t{});
        case Kind::i32:
            return use(std::int32_t{});
        case Kind::i64:
            return use(std::int64_t{});
        case Kind::f64:
            return use(double{});
        default:
            return use(std::uint64_t{});
    }
}

// Where one column lies.
struct ColumnMemory {
    std::byte* cells = nullptr;  // of any length: 64-bit offsets into `text`, one more than rows
    char* text = nullptr;        // UTF-8 without terminators, or bytes
    std::size_t text_capacity = 0;

    [[nodiscard]] std::uint64_t* offsets() const noexcept {
        return reinterpret_cast<std::uint64_t*>(cells);
    }
    [[nodiscard]] std::string_view text_at(std::size_t row) const noexcept {
        return {text + offsets()[row], offsets()[row + 1] - offsets()[row]};
    }
};

// The memory of a finished table, shared by its slices, columns and exports.
struct Slab {
    SlabPages pages;
    std::vector<ColumnMemory> columns;
    std::span<const Field> fields;
    const char* title;
    std::shared_ptr<const void> names;  // keeps title and fields where they are not static
};

// Rows [start, start + size) of a slab. Copying one costs a reference.
class Table : public Exposed {
public:
    // What a column is made of: cells of `kind` at `cells`, so many bytes from one to the next, or
    // for text and bytes one view per row. Cells of a column with labels must be indices into them.
    struct Source {
        std::string name;
        Kind kind = Kind::text;
        const std::byte* cells = nullptr;
        std::ptrdiff_t stride = 0;
        std::vector<std::string_view> texts{};
        std::vector<std::string> labels{};
    };
    // Copies columns of `rows` cells each. Names and title need not outlive the call.
    static Table copy(std::string title, std::span<const Source> sources, std::size_t rows);

    Table(std::shared_ptr<const Slab> slab, std::size_t start, std::size_t size)
        : slab_(std::move(slab)), start_(start), size_(size) {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t start() const noexcept { return start_; }
    [[nodiscard]] std::size_t width() const noexcept { return slab_->fields.size(); }
    [[nodiscard]] const char* title() const noexcept { return slab_->title; }
    [[nodiscard]] const Field& field(std::size_t column) const { return slab_->fields[column]; }
    [[nodiscard]] const ColumnMemory& memory(std::size_t column) const {
        return slab_->columns[column];
    }
    [[nodiscard]] const std::shared_ptr<const Slab>& slab() const noexcept { return slab_; }

    [[nodiscard]] std::string_view text(std::size_t column, std::size_t row) const {
        return memory(column).text_at(start_ + row);
    }
    // The column's cells from this table's first row on.
    template <typename T>
    [[nodiscard]] const T* cells(std::size_t column) const {
        return reinterpret_cast<const T*>(memory(column).cells) + start_;
    }

    [[nodiscard]] Table slice(std::size_t start, std::size_t size) const {
        return {slab_, start_ + start, size};
    }
    // A new table of these rows in this order. Every index must be below size().
    [[nodiscard]] Table take(std::span<const std::size_t> rows) const;
    // Row numbers in the order of a column. Equal rows keep their order; NaN counts as greatest.
    [[nodiscard]] std::vector<std::size_t> order(std::size_t column, bool descending) const;

private:
    std::shared_ptr<const Slab> slab_;
    std::size_t start_;
    std::size_t size_;
};

// Columns that grow, whatever their types. Until finish() it takes memory from no heap, so it may
// be used while any heap is locked.
class Growing {
public:
    static constexpr std::size_t max_columns = 48;

    // Room for `rows` at once, where a caller knows; else about what one allocation unit holds.
    explicit Growing(std::span<const Field> fields, std::size_t rows = 0) noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    // Where the rows are, now. For who looks at memory, and shall not see what looking takes.
    [[nodiscard]] const void* memory() const noexcept { return pages_.get(); }
    // Whether this allocation may hold its rows, or some that it had.
    [[nodiscard]] bool lies_in(const void* allocation) const noexcept {
        return allocation == memory() || is_arena(allocation);
    }

    // Whether rows that were not written yet are zero, where there was room for all from the
    // beginning: those of small tables are what others left.
    [[nodiscard]] bool zeroed() const noexcept { return pages_.get_deleter().units == 0; }
    // Throws Error where memory ran out on the way.
    void check_memory(const char* title) const;
    // Gives room back where much was not needed, if there is memory to move to.
    void shrink() noexcept;
    // Throws Error where memory ran out on the way. Takes heap memory: not while one is locked.
    Table finish(const char* title);

protected:
    // Whether there is room for so many rows more, without text.
    bool ready(std::size_t rows = 1) noexcept {
        while (capacity_ - size_ < rows) {
            if (!grow()) return false;
        }
        return true;
    }
    void commit(std::size_t rows = 1) noexcept { size_ += rows; }

    template <typename Value>
    [[nodiscard]] Value* first(std::size_t column) const noexcept {
        return reinterpret_cast<Value*>(columns_[column].cells);
    }

    template <typename Value>
    bool put(std::size_t column, Value value) noexcept {
        std::memcpy(columns_[column].cells + size_ * sizeof(Value), &value, sizeof(Value));
        return true;
    }
    bool put(std::size_t column, std::wstring_view text) noexcept;
    bool put(std::size_t column, std::span<const std::byte> bytes) noexcept;

private:
    bool grow() noexcept;
    // Room for `size` more bytes in a column of text or bytes; nullptr if there is no memory.
    char* text_room(std::size_t column, std::size_t size) noexcept;
    // Moves everything to a new slab with memory for `rows`, address space for `reserved` rows, and
    // these text capacities.
    bool move_to(std::size_t rows, std::size_t reserved,
                 std::array<ColumnMemory, max_columns> columns) noexcept;
    bool out_of_memory() noexcept;

    std::span<const Field> fields_;
    SlabPages pages_;
    std::array<ColumnMemory, max_columns> columns_{};
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::size_t reserved_ = 0;
    DWORD error_ = ERROR_SUCCESS;
};

template <const auto& fields, typename>
class RowsOf;

template <const auto& fields, std::size_t... columns>
class RowsOf<fields, std::index_sequence<columns...>> : public Growing {
    static_assert(sizeof...(columns) <= max_columns);
    static_assert(((fields[columns].labels.empty() || fields[columns].kind == Kind::u8) && ...));
    static_assert(((fields[columns].labels.size() <= max_labels) && ...));

public:
    explicit RowsOf(std::size_t rows = 0) noexcept : Growing(fields, rows) {}

    // The cells of a column so far, for who knows them only when all rows are there.
    template <std::size_t column>
    [[nodiscard]] auto cells() noexcept {
        static_assert(!has_lengths(fields[column].kind));
        return std::span(first<Cell<fields[column].kind>>(column), size());
    }

    // One cell per field. False when memory is out: stop, and let finish() say so.
    bool append(Cell<fields[columns].kind>... cells) noexcept {
        if (!ready() || !(put(columns, cells) && ...)) return false;
        commit();
        return true;
    }

    // Adds so many rows, to be filled next. False as append().
    bool claim(std::size_t rows) noexcept {
        static_assert((!has_lengths(fields[columns].kind) && ...));
        if (!ready(rows)) return false;
        commit(rows);
        return true;
    }
    // Fills rows that were claimed, from this one on: `write` gets their cells, column by column,
    // as one pointer per field. Threads may fill rows of their own while others are claimed, where
    // there was room for all from the beginning: then none of them moves.
    template <typename Write>
    void fill(std::size_t row, Write write) noexcept {
        write(first<Cell<fields[columns].kind>>(columns) + row...);
    }
};

// The builder for a schema: `Rows<fields> rows; rows.append(...); return rows.finish("title");`
template <const auto& fields>
using Rows = RowsOf<fields, std::make_index_sequence<std::size(fields)>>;

}  // namespace ntpages
