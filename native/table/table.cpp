// table/table: columns that grow, rows picked, rows in order. Knows no Python.
#include "native/table/table.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>

#include "native/commit.hpp"

namespace ntpages {
namespace {

constexpr std::size_t line = 64;  // how Arrow likes its buffers aligned

// Places every column in a slab at `base`, and returns the bytes that takes.
std::size_t lay_out(std::span<const Field> fields, std::size_t rows, void* base,
                    ColumnMemory* columns) noexcept {
    std::size_t size = 0;
    const auto place = [&](std::size_t bytes) {
        const auto here = reinterpret_cast<std::uintptr_t>(base) + size;
        size += (bytes + line - 1) / line * line;
        return here;
    };
    for (const auto& field : fields) {
        const auto cells = rows + (has_lengths(field.kind) ? 1 : 0);
        columns->cells = reinterpret_cast<std::byte*>(place(cells * width_of(field.kind)));
        columns->text = reinterpret_cast<char*>(place(columns->text_capacity));
        ++columns;
    }
    return size;
}

// A slab with room for these rows and the text capacities set in `columns`. Null without memory.
SlabPages allocate(std::span<const Field> fields, std::size_t rows,
                   ColumnMemory* columns) noexcept {
    auto pages = take_slab(std::max<std::size_t>(lay_out(fields, rows, nullptr, columns), 1));
    if (!pages) return pages;
    lay_out(fields, rows, pages.get(), columns);
    for (const auto& field : fields) {
        if (has_lengths(field.kind)) *columns->offsets() = 0;
        ++columns;
    }
    return pages;
}

// A slab with address space for so many rows, and memory for none. Not for text.
SlabPages reserve(std::span<const Field> fields, std::size_t rows, ColumnMemory* columns) noexcept {
    auto pages = reserve_slab(lay_out(fields, rows, nullptr, columns));
    if (pages) lay_out(fields, rows, pages.get(), columns);
    return pages;
}

// Commits the cells of rows [from, to) in a slab that was only reserved.
bool commit_cells(std::span<const Field> fields, const ColumnMemory* columns, std::size_t from,
                  std::size_t to) noexcept {
    return std::ranges::all_of(fields, [&](const Field& field) {
        const auto width = width_of(field.kind);
        auto* const cells = (columns++)->cells + from * width;
        return commit_pages(cells, (to - from) * width, PAGE_READWRITE) != nullptr;
    });
}

// Writes a column of text or bytes of a fresh slab.
template <typename TextOf>
void fill(const ColumnMemory& column, std::size_t rows, TextOf text_of) {
    auto* offset = column.offsets();
    for (std::size_t row = 0; row < rows; ++row, ++offset) {
        const std::string_view text = text_of(row);
        text.copy(column.text + *offset, text.size());
        offset[1] = *offset + text.size();
    }
}

// Copies the cells of a column, one behind the other.
void gather(std::byte* to, const Table::Source& source, std::size_t rows) {
    const auto width = width_of(source.kind);
    if (source.stride == static_cast<std::ptrdiff_t>(width)) {
        std::memcpy(to, source.cells, rows * width);
        return;
    }
    const auto* from = source.cells;
    for (std::size_t row = 0; row < rows; ++row, to += width, from += source.stride) {
        std::memcpy(to, from, width);
    }
}

template <typename T>
bool before(T left, T right) {
    if constexpr (std::is_floating_point_v<T>) {
        if (std::isnan(left) || std::isnan(right)) return !std::isnan(left);
    }
    return left < right;
}

}  // namespace

Growing::Growing(std::span<const Field> fields, std::size_t rows) noexcept : fields_(fields) {
    std::size_t width = 0;
    std::size_t texts = 0;
    for (const auto& field : fields) {
        width += width_of(field.kind);
        texts += has_lengths(field.kind) ? 1 : 0;
    }
    // Unless told otherwise, half of one unit is for text where there is any, the rest for rows.
    const auto text = texts == 0 ? 0 : std::max(slab_unit / 2, rows * line) / texts;
    const auto rest = slab_unit - (texts == 0 ? 0 : slab_unit / 2) - 2 * line * fields.size();
    for (std::size_t i = 0; i < fields.size(); ++i) {
        columns_[i].text_capacity = has_lengths(fields[i].kind) ? text : 0;
    }
    const auto capacity = rows != 0 ? rows : rest / width;
    move_to(capacity, capacity, columns_);
}

// A table that has outgrown its first slab gets address space for many times its rows: from then
// on it grows in place, and touches no page that it will not keep. Text is moved as it grows.
bool Growing::grow() noexcept {
    constexpr std::size_t spare = 64;
    if (error_ != ERROR_SUCCESS) return false;
    const auto rows = capacity_ * 2;
    if (rows > reserved_) {
        const auto has_text = std::ranges::any_of(fields_, has_lengths, &Field::kind);
        return move_to(rows, has_text ? rows : rows * spare, columns_);
    }
    if (!commit_cells(fields_, columns_.data(), capacity_, rows)) return out_of_memory();
    capacity_ = rows;
    return true;
}

bool Growing::out_of_memory() noexcept {
    error_ = GetLastError();
    return false;
}

bool Growing::move_to(std::size_t rows, std::size_t reserved,
                      std::array<ColumnMemory, max_columns> columns) noexcept {
    if (error_ != ERROR_SUCCESS) return false;
    const auto lazy = reserved != rows;
    auto pages =
        lazy ? reserve(fields_, reserved, columns.data()) : allocate(fields_, rows, columns.data());
    if (!pages || (lazy && !commit_cells(fields_, columns.data(), 0, rows))) {
        return out_of_memory();
    }
    for (std::size_t i = 0; pages_ && i < fields_.size(); ++i) {
        // Text may have to move while a row is being made: what it has by then comes along.
        const auto is_text = has_lengths(fields_[i].kind);
        const auto cells = std::min({size_ + 1, capacity_, rows}) + (is_text ? 1 : 0);
        std::memcpy(columns[i].cells, columns_[i].cells, cells * width_of(fields_[i].kind));
        const auto text = std::min(columns_[i].text_capacity, columns[i].text_capacity);
        if (is_text) std::memcpy(columns[i].text, columns_[i].text, text);
    }
    pages_ = std::move(pages);
    columns_ = columns;
    capacity_ = rows;
    reserved_ = reserved;
    return true;
}

char* Growing::text_room(std::size_t column, std::size_t size) noexcept {
    const auto used = columns_[column].offsets()[size_];
    const auto capacity = columns_[column].text_capacity;
    if (used + size > capacity) {
        auto columns = columns_;
        columns[column].text_capacity = std::max(capacity * 2, used + size);
        if (!move_to(capacity_, capacity_, columns)) return nullptr;
    }
    return columns_[column].text + used;
}

bool Growing::put(std::size_t column, std::wstring_view text) noexcept {
    const auto most = text.size() * 3;  // a UTF-16 unit takes at most three bytes of UTF-8
    auto* room = text_room(column, most);
    if (!room) return false;
    // Converts without touching a heap, which may be locked right now.
    const auto size =
        text.empty() ? 0
                     : WideCharToMultiByte(CP_UTF8, 0, text.data(), static_cast<int>(text.size()),
                                           room, static_cast<int>(most), nullptr, nullptr);
    auto* offsets = columns_[column].offsets();
    offsets[size_ + 1] = offsets[size_] + static_cast<std::uint64_t>(size);
    return true;
}

bool Growing::put(std::size_t column, std::span<const std::byte> bytes) noexcept {
    auto* const room = text_room(column, bytes.size());
    if (!room) return false;
    std::memcpy(room, bytes.data(), bytes.size());
    auto* offsets = columns_[column].offsets();
    offsets[size_ + 1] = offsets[size_] + bytes.size();
    return true;
}

void Growing::check_memory(const char* title) const {
    if (error_ != ERROR_SUCCESS) fail("VirtualAlloc", error_, title);
}

void Growing::shrink() noexcept {
    constexpr std::size_t much = slab_unit;  // rows
    if (capacity_ < much || size_ > capacity_ / 2) return;
    const auto error = error_;
    move_to(size_, size_, columns_);
    error_ = error;
}

Table Growing::finish(const char* title) {
    check_memory(title);
    auto slab = std::make_shared<Slab>(Slab{std::move(pages_), {}, fields_, title, {}});
    slab->columns.assign(columns_.begin(), columns_.begin() + fields_.size());
    return {std::move(slab), 0, size_};
}

Table Table::take(std::span<const std::size_t> rows) const {
    auto slab = std::make_shared<Slab>(
        Slab{{}, std::vector<ColumnMemory>(width()), slab_->fields, title(), slab_->names});
    auto& columns = slab->columns;
    for (std::size_t i = 0; i < width(); ++i) {
        if (!has_lengths(field(i).kind)) continue;
        for (const auto row : rows) columns[i].text_capacity += text(i, row).size();
    }
    slab->pages = check(allocate(slab->fields, rows.size(), columns.data()), "VirtualAlloc");
    for (std::size_t i = 0; i < width(); ++i) {
        if (has_lengths(field(i).kind)) {
            fill(columns[i], rows.size(), [&](std::size_t row) { return text(i, rows[row]); });
        } else {
            with_cell(field(i).kind, [&](auto zero) {
                const auto* from = cells<decltype(zero)>(i);
                auto* to = reinterpret_cast<decltype(zero)*>(columns[i].cells);
                for (const auto row : rows) *to++ = from[row];
            });
        }
    }
    return {std::move(slab), 0, rows.size()};
}

std::vector<std::size_t> Table::order(std::size_t column, bool descending) const {
    std::vector<std::size_t> rows(size_);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    const auto sort = [&](auto key) {
        if (descending) {
            std::ranges::stable_sort(
                rows, [&](auto left, auto right) { return before(key(right), key(left)); });
        } else {
            std::ranges::stable_sort(
                rows, [&](auto left, auto right) { return before(key(left), key(right)); });
        }
    };
    if (has_lengths(field(column).kind)) {
        sort([&](std::size_t row) { return text(column, row); });
    } else {
        with_cell(field(column).kind, [&](auto zero) {
            sort([from = cells<decltype(zero)>(column)](std::size_t row) { return from[row]; });
        });
    }
    return rows;
}

Table Table::copy(std::string title, std::span<const Source> sources, std::size_t rows) {
    struct Names {
        std::string title;
        std::deque<std::string> words;  // columns and labels; the others point at them
        std::deque<std::vector<const char*>> labels;
        std::vector<Field> fields;
    };
    auto names = std::make_shared<Names>(Names{std::move(title), {}, {}, {}});
    const auto keep = [&](const std::string& word) {
        return names->words.emplace_back(word).c_str();
    };
    auto slab = std::make_shared<Slab>();
    for (const auto& source : sources) {
        auto& labels = names->labels.emplace_back();
        for (const auto& label : source.labels) labels.push_back(keep(label));
        names->fields.push_back({keep(source.name), source.kind, labels});
        auto& column = slab->columns.emplace_back();
        for (const auto text : source.texts) column.text_capacity += text.size();
    }
    slab->fields = names->fields;
    slab->title = names->title.c_str();
    slab->pages = check(allocate(slab->fields, rows, slab->columns.data()), "VirtualAlloc");
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const auto& column = slab->columns[i];
        if (has_lengths(sources[i].kind)) {
            fill(column, rows, [&](std::size_t row) { return sources[i].texts[row]; });
        } else if (rows != 0) {
            gather(column.cells, sources[i], rows);
        }
    }
    slab->names = std::move(names);
    return {std::move(slab), 0, rows};
}

}  // namespace ntpages
