// processes/strings: text in the memory of a process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "native/handle.hpp"
#include "native/lock.hpp"
#include "native/processes/process.hpp"
#include "native/processes/text.hpp"
#include "native/table/table.hpp"

namespace ntpages {

inline constexpr std::array string_encodings{"ascii", "utf-16"};
inline constexpr std::array string_fields{
    Field{"address", Kind::u64},
    Field{"size", Kind::u64},
    Field{"encoding", Kind::u8, string_encodings},
    Field{"text", Kind::text},
};

// Looks for text in the committed memory of a process, in steps. Guard pages are never touched, nor
// memory that is not cached; what can't be read ends a text. In one's own process, what it works
// with is left out.
//
// Calls may come from any thread; each waits for the one before.
class StringSearch : public Exposed {
public:
    // Looks at [start, end) for text of at least so many characters, and stops after `limit`.
    StringSearch(Process& process, std::uint64_t start, std::uint64_t end, std::size_t least,
                 std::size_t limit);

    // Goes on for about so long. False when there is nothing left to do.
    bool advance(std::uint32_t milliseconds);

    [[nodiscard]] std::uint64_t scanned() const;
    [[nodiscard]] bool cut_short() const;
    // What was found, once; the search is over then.
    Table finish();

private:
    void step();
    void enter_region();
    void keep(const FoundText& found);
    [[nodiscard]] bool is_own(const void* allocation) const noexcept;

    mutable SlimLock turn_;
    Process& process_;
    std::uint64_t at_;
    const std::uint64_t end_;
    std::uint64_t readable_end_;  // of the region that at_ lies in
    const std::size_t limit_;
    TextFinder finder_;
    Pages buffer_;
    std::uint64_t scanned_ = 0;
    bool done_ = false;
    bool cut_short_ = false;
    std::optional<Rows<string_fields>> rows_{std::in_place};
};

}  // namespace ntpages
