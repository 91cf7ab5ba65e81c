// physical/files: asks the filter of file systems for the names it knows.
#include "native/physical/files.hpp"

#include <algorithm>
#include <utility>

#include "native/commit.hpp"
#include "native/error.hpp"
#include "native/physical/names.hpp"
#include "native/physical/nt.hpp"
#include "native/regions/names.hpp"

namespace ntpages {
namespace {

constexpr const char* control_call = "NtDeviceIoControlFile";
constexpr ULONG first_version = 12;  // Windows 10 1607; later ones are tried upwards
constexpr ULONG last_version = 32;
constexpr std::size_t first_room = std::size_t{16} << 20;
constexpr std::size_t most_room = std::size_t{1} << 30;

Handle open_device() {
    constexpr std::wstring_view path = L"\\Device\\FileInfo";
    nt::UnicodeString name{};
    name.length = static_cast<USHORT>(path.size() * sizeof(wchar_t));
    name.maximum = name.length;
    name.buffer = path.data();
    nt::ObjectAttributes attributes{};
    attributes.length = sizeof(attributes);
    attributes.name = &name;
    attributes.attributes = nt::object_case_insensitive;
    nt::IoStatus io{};
    HANDLE device = nullptr;
    check_status(nt::open_file(&device, FILE_GENERIC_READ, &attributes, &io,
                               FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                               nt::file_synchronous | nt::file_no_directory),
                 "NtOpenFile");
    if (!device) fail_status("NtOpenFile", nt::status_internal_error, "there is no handle");
    return Handle(device);
}

struct Log {
    Pages pages;
    std::size_t size = 0;  // bytes written
};

// Everything the device knows, or the refusal of a version that is not its own.
Status enumerate(HANDLE device, ULONG version, Log& log) {
    constexpr ULONG for_etw_and_superfetch = 3;
    for (auto room = first_room;; room *= 2) {
        log.pages.reset(check(new_pages(room), "VirtualAlloc"));
        nt::FileEnumeration question{};
        question.version = version;
        question.flags = for_etw_and_superfetch;
        question.logger = 1;
        nt::IoStatus io{};
        const auto status = nt::device_io_control(device, nullptr, nullptr, nullptr, &io,
                                                  nt::enumerate_files, &question, sizeof(question),
                                                  log.pages.get(), static_cast<ULONG>(room));
        log.size = std::min(io.information, room);
        if (status != nt::status_buffer_overflow || room >= most_room) return status;
    }
}

std::wstring_view wide(std::u16string_view text) {
    return {reinterpret_cast<const wchar_t*>(text.data()), text.size()};
}

}  // namespace

FileNames::FileNames() {
    const auto device = open_device();
    Log log;
    auto status = nt::status_version_not_known;
    for (auto version = first_version; version <= last_version; ++version) {
        status = enumerate(device.get(), version, log);
        if (status == nt::status_version_not_known) continue;
        version_ = version;
        break;
    }
    check_status(status, control_call);
    if (log.size == 0) fail_status(control_call, nt::status_internal_error, "nothing was written");
    DosNames letters;
    const auto* const bytes = static_cast<const std::byte*>(log.pages.get());
    for (const auto& each : read_file_names({bytes, log.size})) {
        std::wstring path(wide(each.volume));
        path += wide(each.path);
        paths_[each.key & ~std::uint64_t{7}] = letters.of(path);
    }
}

std::wstring_view FileNames::of(std::uint64_t key) const {
    const auto found = paths_.find(key);
    return found == paths_.end() ? std::wstring_view() : std::wstring_view(found->second);
}

}  // namespace ntpages
