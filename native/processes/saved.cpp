// processes/saved: a header for each part, and its arrays as they are in memory.
#include "native/processes/saved.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "native/answer.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

enum class Form : std::uint32_t { all, some, few };

struct Header {
    std::uint64_t address;
    std::uint64_t count;
    std::uint64_t left;
    Form form;
    std::uint32_t encoding;
};
static_assert(sizeof(Header) == 32);

std::size_t words(std::size_t count) noexcept {
    return (count + 63) / 64;
}

// Takes what it is asked for from the beginning of what is left.
class Reader {
public:
    explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    [[nodiscard]] std::span<const std::byte> take(std::size_t size) {
        require(size <= bytes_.size());
        const auto taken = bytes_.first(size);
        bytes_ = bytes_.subspan(size);
        return taken;
    }
    void end() const { require(bytes_.empty()); }

    static void require(bool is_so) {
        if (!is_so) throw std::invalid_argument("the values were not saved by ntpages");
    }

private:
    std::span<const std::byte> bytes_;
};

std::byte* copied(const Taker& take, std::span<const std::byte> bytes) {
    auto* const to = take(bytes.size());
    std::copy(bytes.begin(), bytes.end(), to);
    return to;
}

void load_few(const Taker& take, Reader& reader, Kept& part) {
    Reader::require(part.left <= part.count);
    const auto which = reader.take(part.left * sizeof(std::uint32_t));
    std::uint64_t behind = 0;  // the one before
    for (std::size_t i = 0; i < part.left; ++i) {
        const std::uint64_t number = value_at<std::uint32_t>(which, i * sizeof(std::uint32_t));
        Reader::require(number >= behind && number < part.count);
        behind = number + 1;
    }
    part.values = copied(take, reader.take(part.left * part.width));
    part.which = reinterpret_cast<const std::uint32_t*>(copied(take, which));
}

void load_bits(const Taker& take, Reader& reader, Kept& part) {
    const auto bits = reader.take(words(part.count) * sizeof(std::uint64_t));
    std::size_t left = 0;
    for (std::size_t i = 0; i < words(part.count); ++i) {
        const auto some = value_at<std::uint64_t>(bits, i * sizeof(std::uint64_t));
        left += static_cast<std::size_t>(std::popcount(some));
        const auto room = part.count - i * 64;
        Reader::require(room >= 64 || some >> room == 0);
    }
    Reader::require(left == part.left);
    part.bits = reinterpret_cast<const std::uint64_t*>(copied(take, bits));
}

void load_pages(const Taker& take, Reader& reader, Kept& part) {
    const auto filled = reader.take(part.page_count());
    std::size_t size = 0;
    for (std::size_t page = 0; page < filled.size(); ++page) {
        Reader::require(filled[page] <= std::byte{1});
        if (filled[page] != std::byte{0}) {
            size += std::min(page_size, part.size - page * page_size);
        }
    }
    part.filled = reinterpret_cast<const std::uint8_t*>(copied(take, filled));
    part.pages = copied(take, reader.take(size));
}

}  // namespace

std::vector<std::byte> save(const Kept& part, bool with_width) {
    std::vector<std::byte> bytes;
    const auto add = [&](const void* from, std::size_t size) {
        if (size == 0) return;
        const auto before = bytes.size();
        bytes.resize(before + size);
        std::memcpy(bytes.data() + before, from, size);
    };
    const auto form = part.is_few() ? Form::few : part.bits != nullptr ? Form::some : Form::all;
    const Header header{part.address, part.count, part.left, form, part.encoding};
    add(&header, sizeof(header));
    const std::uint64_t width = part.width;
    if (with_width) add(&width, sizeof(width));
    if (form == Form::few) {
        add(part.which, part.left * sizeof(std::uint32_t));
        add(part.values, part.left * part.width);
        return bytes;
    }
    if (form == Form::some) add(part.bits, words(part.count) * sizeof(std::uint64_t));
    add(part.filled, part.page_count());
    std::size_t size = 0;
    for (std::size_t page = 0; page < part.page_count(); ++page) {
        if (part.filled[page] != 0) size += std::min(page_size, part.size - page * page_size);
    }
    add(part.pages, size);
    return bytes;
}

Kept load(const Taker& take, std::span<const std::byte> bytes, const SavedShape& shape) {
    Reader reader(bytes);
    const auto header = value_at<Header>(reader.take(sizeof(Header)), 0);
    auto width = shape.width;
    if (shape.longest != 0) {
        const auto told = value_at<std::uint64_t>(reader.take(sizeof(std::uint64_t)), 0);
        Reader::require(told != 0 && told <= shape.longest);
        width = static_cast<std::size_t>(told);
    }
    Reader::require(header.count != 0 && header.count <= shape.most && header.left != 0);
    Reader::require(header.count - 1 <= shape.size / shape.step);
    Reader::require(header.encoding < std::max(shape.encodings, std::uint32_t{1}));
    Kept part;
    part.address = header.address;
    part.count = static_cast<std::size_t>(header.count);
    part.left = static_cast<std::size_t>(header.left);
    part.step = shape.step;
    part.width = width;
    part.encoding = header.encoding;
    part.size = (part.count - 1) * shape.step + width;
    Reader::require(part.address % shape.step == 0 && part.address <= UINT64_MAX - part.size);
    switch (header.form) {
        case Form::few:
            load_few(take, reader, part);
            break;
        case Form::some:
            load_bits(take, reader, part);
            load_pages(take, reader, part);
            break;
        case Form::all:
            Reader::require(part.left == part.count);
            load_pages(take, reader, part);
            break;
        default:
            Reader::require(false);
    }
    reader.end();
    return part;
}

}  // namespace ntpages
