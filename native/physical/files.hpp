// physical/files: what the files are called whose pages are in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "native/handle.hpp"

namespace ntpages {

// The names of files, by the keys that pages have.
class FileNames : public Exposed {
public:
    // Asks the filter of file systems, whose language changes from one Windows to the next.
    FileNames();
    // Those that somebody else told.
    explicit FileNames(std::unordered_map<std::uint64_t, std::wstring> paths)
        : paths_(std::move(paths)) {}

    [[nodiscard]] std::uint32_t version() const noexcept { return version_; }
    // Empty where there is none.
    [[nodiscard]] std::wstring_view of(std::uint64_t key) const;

private:
    std::uint32_t version_ = 0;
    std::unordered_map<std::uint64_t, std::wstring> paths_;
};

}  // namespace ntpages
