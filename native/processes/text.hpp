// processes/text: finds text among bytes. Pure: calls nothing and trusts nothing, so that a fuzzer
// can have it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ntpages {

enum class TextEncoding : std::uint8_t { ascii, utf16 };

struct FoundText {
    std::uint64_t address;
    std::uint64_t size;  // bytes
    TextEncoding encoding;
    std::wstring_view text;  // its beginning, where it is very long
};

// Characters that can be printed, side by side, as bytes or as UTF-16 in either parity. It is fed
// bytes in the order of their addresses, in pieces of any size, and remembers what goes on.
class TextFinder {
public:
    static constexpr std::size_t longest = 4096;  // characters that are kept

    // Text of at least so many characters.
    explicit TextFinder(std::size_t least) : least_(least) {}

    // Bytes that lie behind those of the call before. `found` gets each text that ends in them, and
    // answers whether to go on. Returns how many bytes were looked at.
    template <typename Found>
    std::size_t add(std::uint64_t address, std::span<const std::uint8_t> bytes, Found found) {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const auto byte = bytes[i];
            const auto at = address + i;
            auto goes_on = true;
            if (is_text(byte)) {
                narrow_.add(at, byte);
            } else {
                goes_on = end(narrow_, TextEncoding::ascii, found);
            }
            auto& wide = wide_[(at - 1) & 1];  // the unit that this byte is the upper half of
            if (byte == 0 && is_text(before_)) {
                wide.add(at - 1, before_);
            } else if (wide.length != 0) {
                goes_on = end(wide, TextEncoding::utf16, found) && goes_on;
            }
            before_ = byte;
            if (!goes_on) return i + 1;
        }
        return bytes.size();
    }

    // What follows lies elsewhere, or there is nothing more.
    template <typename Found>
    void end(Found found) {
        end(narrow_, TextEncoding::ascii, found);
        for (auto& wide : wide_) end(wide, TextEncoding::utf16, found);
        before_ = 0;
    }

private:
    struct Run {
        std::uint64_t start = 0;
        std::uint64_t length = 0;  // characters
        std::wstring text;

        void add(std::uint64_t at, std::uint8_t character) {
            if (length++ == 0) start = at;
            if (text.size() < longest) text.push_back(static_cast<wchar_t>(character));
        }
    };

    static constexpr bool is_text(std::uint8_t byte) {
        return (byte >= 0x20 && byte < 0x7F) || byte == '\t';
    }

    template <typename Found>
    bool end(Run& run, TextEncoding encoding, Found& found) {
        auto goes_on = true;
        if (run.length >= least_) {
            const auto width = encoding == TextEncoding::utf16 ? 2 : 1;
            goes_on = found(FoundText{run.start, run.length * width, encoding, run.text});
        }
        run.length = 0;
        run.text.clear();
        return goes_on;
    }

    std::size_t least_;
    std::uint8_t before_ = 0;
    Run narrow_;
    std::array<Run, 2> wide_;  // at even addresses, and at odd ones
};

}  // namespace ntpages
