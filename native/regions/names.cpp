// regions/names: mapped files by the names that people know them by.
#include "native/regions/names.hpp"

#include <algorithm>
#include <array>

#include "native/regions/nt_walk.hpp"

namespace ntpages {
namespace {

constexpr std::size_t longest = 0x10000;  // bytes: a UNICODE_STRING counts them in 16 bits

}  // namespace

DosNames::DosNames()
    : prefixes_{{L"\\??\\UNC\\", L"\\\\"}, {L"\\??\\", L""}, {L"\\Device\\Mup\\", L"\\\\"}} {
    for (wchar_t letter = L'A'; letter <= L'Z'; ++letter) {
        const std::wstring drive{letter, L':'};
        std::array<wchar_t, MAX_PATH> device{};
        if (QueryDosDeviceW(drive.c_str(), device.data(), MAX_PATH) == 0) continue;
        prefixes_.emplace_back(std::wstring(device.data()) + L'\\', drive + L'\\');
    }
}

std::wstring_view DosNames::of(std::wstring_view path) {
    for (const auto& [kernel, people] : prefixes_) {
        if (!path.starts_with(kernel)) continue;
        name_.assign(people).append(path.substr(kernel.size()));
        return name_;
    }
    return path;
}

Names::Names(HANDLE process) : process_(process), buffer_(sizeof(nt::UnicodeString) + longest) {}

std::wstring_view Names::of(const void* address) {
    if (nt::query_virtual_memory(process_, address, nt::memory_mapped_filename_information,
                                 buffer_.data(), buffer_.size(), nullptr) < 0) {
        return {};  // shared memory, backed by page files
    }
    const auto& found = *reinterpret_cast<const nt::UnicodeString*>(buffer_.data());
    std::wstring_view name(found.buffer, found.length / sizeof(wchar_t));
    name = name.substr(0, name.find(L'\0'));  // Wine counts the end of some
    return letters_.of(name);
}

}  // namespace ntpages
