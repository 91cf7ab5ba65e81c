// physical/names: the log of the FileInfo device, and how it is read.
#include "native/physical/names.hpp"

#include <algorithm>
#include <unordered_map>

#include "native/answer.hpp"

namespace ntpages {
namespace {

// Observed, not documented: a head, then entries of several kinds, each with its size.
constexpr std::size_t head_size = 40;
constexpr std::size_t size_offset = 8;  // how much of the buffer was written
constexpr std::uint32_t kind_mask = 7;
constexpr unsigned size_shift = 3;
constexpr std::uint32_t size_mask = (1U << 28) - 1;
constexpr std::uint32_t file_entry = 0;
constexpr std::uint32_t volume_entry = 2;

constexpr std::size_t file_key_offset = 16;
constexpr std::size_t file_volume_offset = 24;
constexpr std::size_t file_name_offset = 44;
constexpr std::size_t volume_key_offset = 24;
constexpr std::size_t volume_path_offset = 56;
constexpr std::size_t smallest_entry = 16;

// Text up to its end, or to the end of the entry.
std::u16string_view text_from(std::span<const std::byte> entry, std::size_t offset) {
    if (entry.size() < offset) return {};
    const auto* const start = entry.data() + offset;
    if (reinterpret_cast<std::uintptr_t>(start) % alignof(char16_t) != 0) return {};
    const std::u16string_view text(reinterpret_cast<const char16_t*>(start),
                                   (entry.size() - offset) / sizeof(char16_t));
    return text.substr(0, text.find(u'\0'));
}

bool is_whole(std::u16string_view path) {
    return path.starts_with(u"\\Device\\") || path.starts_with(u"\\??\\") ||
           path.starts_with(u"\\\\");
}

}  // namespace

std::vector<FileName> read_file_names(std::span<const std::byte> written) {
    if (written.size() < head_size) return {};
    const auto told = value_at<std::uint32_t>(written, size_offset);
    written = written.first(std::min<std::size_t>(told, written.size()));
    std::vector<FileName> names;
    std::vector<std::uint64_t> volume_of;
    std::unordered_map<std::uint64_t, std::u16string_view> volumes;
    for (auto at = head_size; at <= written.size() && written.size() - at >= smallest_entry;) {
        const auto word = value_at<std::uint32_t>(written, at);
        const std::size_t size = word >> size_shift & size_mask;
        if (size < smallest_entry || size > written.size() - at) break;
        const auto entry = written.subspan(at, size);
        const auto kind = word & kind_mask;
        if (kind == file_entry && size >= file_name_offset) {
            names.push_back({.key = value_at<std::uint64_t>(entry, file_key_offset),
                             .volume = {},
                             .path = text_from(entry, file_name_offset)});
            volume_of.push_back(value_at<std::uint32_t>(entry, file_volume_offset));
        } else if (kind == volume_entry && size >= volume_path_offset) {
            volumes[value_at<std::uint32_t>(entry, volume_key_offset)] =
                text_from(entry, volume_path_offset);
        }
        at += size;
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto volume = volumes.find(volume_of[i]);
        if (volume == volumes.end() || is_whole(names[i].path)) continue;
        if (!names[i].path.starts_with(volume->second)) names[i].volume = volume->second;
    }
    return names;
}

std::optional<FileName> read_file_event(std::span<const std::byte> data) {
    constexpr std::size_t path_offset = sizeof(std::uint64_t);
    if (data.size() < path_offset) return std::nullopt;
    const auto path = text_from(data, path_offset);
    if (path.empty()) return std::nullopt;
    return FileName{.key = value_at<std::uint64_t>(data, 0), .volume = {}, .path = path};
}

}  // namespace ntpages
