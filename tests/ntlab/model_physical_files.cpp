// model_physical_files: the names of files whose pages are in memory, from \Device\FileInfo, how
// large the file cache is (class 21), and a file that is purged when somebody opens it without
// buffering. Source: observed, not documented; for the cache, phnt, ntexapi.h.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <cwchar>
#include <iterator>

#include "model_physical.hpp"
#include "model_privileges.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<std::byte, 1U << 20> names_log{};
constinit std::size_t log_size = 0;
constinit std::uint32_t log_version = 0;
constinit std::array<HANDLE, 16> devices{};
constinit std::array<wchar_t, MAX_PATH> cached{};
constinit std::uint64_t cached_key = 0;
constinit bool mapped = false;
constinit std::uint64_t cache = 0;  // pages in the file cache's working set

void reset() noexcept {
    const Locked locked(lock);
    log_size = 0;
    log_version = 15;
    devices = {};
    cached = {};
    cached_key = 0;
    mapped = false;
    cache = 0;
}

// ---- \Device\FileInfo --------------------------------------------------------------------------
// A device's handle is an event of the system, so that its closing is checked and counted.

struct Text {  // UNICODE_STRING
    USHORT length, maximum;
    const wchar_t* buffer;
};
struct Attributes {  // OBJECT_ATTRIBUTES
    ULONG length;
    HANDLE root;
    const Text* name;
    ULONG flags;
    void* security;
    void* quality;
};
struct Outcome {  // IO_STATUS_BLOCK
    Status status;
    std::size_t information;
};

bool is_device(const Attributes* attributes) noexcept {
    constexpr wchar_t device[] = L"\\Device\\FileInfo";
    constexpr auto length = std::size(device) - 1;
    const auto* const name = attributes ? attributes->name : nullptr;
    return name && name->length == length * sizeof(wchar_t) &&
           std::wmemcmp(name->buffer, device, length) == 0;
}

Status NTAPI open_file(HANDLE* handle, ACCESS_MASK access, const Attributes* attributes,
                       Outcome* outcome, ULONG share, ULONG options) {
    if (!is_device(attributes)) {
        const auto other = beyond("NtOpenFile", &open_file);
        return other(handle, access, attributes, outcome, share, options);
    }
    if (attributes->length != sizeof(Attributes)) return status_invalid_parameter;
    if (!token_elevated()) return status_access_denied;
    const Locked locked(lock);
    const auto free = std::ranges::find(devices, nullptr);
    *handle = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    if (!*handle) return status_insufficient_resources;
    // An event that was closed leaves its number to another: the oldest is forgotten.
    if (free != devices.end()) {
        *free = *handle;
    } else {
        std::shift_left(devices.begin(), devices.end(), 1);
        devices.back() = *handle;
    }
    *outcome = {status_success, 0};
    return status_success;
}

bool is_device(HANDLE handle) {
    const Locked locked(lock);
    return handle && std::ranges::find(devices, handle) != devices.end();
}

Status NTAPI control(HANDLE handle, HANDLE event, void* routine, void* context, Outcome* outcome,
                     ULONG code, void* input, ULONG input_size, void* output, ULONG output_size) {
    constexpr ULONG enumerate = 0x22000F;
    if (!is_device(handle)) {
        const auto other = beyond("NtDeviceIoControlFile", &control);
        return other(handle, event, routine, context, outcome, code, input, input_size, output,
                     output_size);
    }
    const Locked locked(lock);
    std::uint32_t version = 0;
    *outcome = {};
    if (code != enumerate) return status(0xC0000010);
    if (input_size < 12 || !input) return status_invalid_parameter;
    std::memcpy(&version, input, sizeof version);
    if (version != log_version) return status(0xC0000355);
    if (output_size < log_size) return status(0x80000005);
    std::memcpy(output, names_log.data(), log_size);
    outcome->information = log_size;
    return status_success;
}

// ---- A file of which something is cached -----------------------------------------------------

HANDLE WINAPI create_file(const wchar_t* path, DWORD access, DWORD share,
                          SECURITY_ATTRIBUTES* security, DWORD disposition, DWORD flags,
                          HANDLE like) {
    const auto handle = beyond("CreateFileW", &create_file)(path, access, share, security,
                                                            disposition, flags, like);
    const Locked locked(lock);
    if (handle != INVALID_HANDLE_VALUE && (flags & FILE_FLAG_NO_BUFFERING) != 0 && path &&
        (access & (GENERIC_READ | FILE_READ_DATA)) != 0 && lstrcmpiW(path, cached.data()) == 0) {
        purge(cached_key, mapped);
    }
    return handle;
}

// SYSTEM_FILECACHE_INFORMATION: what everybody may know of the file cache.
Status tell_cache(void* buffer, ULONG length, ULONG* returned) {
    constexpr ULONG size = 64;
    *returned = size;
    if (length < size) return status_info_length_mismatch;
    if (!buffer) return status_access_violation;
    const Locked locked(lock);
    const std::array<std::uint64_t, size / 8> answer{cache * 4096, cache * 4096};
    std::memcpy(buffer, answer.data(), size);
    return status_success;
}

const Service services[] = {
    {"ntdll.dll", "NtOpenFile", &open_file},
    {"ntdll.dll", "NtDeviceIoControlFile", &control},
    {"kernel32.dll", "CreateFileW", &create_file},
};
const SystemClass classes[] = {{21, &tell_cache, nullptr}};
const Model model{"physical_files", &reset, services, classes, "physical_trace"};

}  // namespace
}  // namespace ntlab

extern "C" {

using namespace ntlab;

// The file with this key lies here.
__declspec(dllexport) void physical_cached(const wchar_t* path, std::uint64_t key, int is_mapped) {
    const Locked locked(lock);
    wcsncpy(cached.data(), path, cached.size() - 1);
    cached_key = key;
    mapped = is_mapped != 0;
}

// Has so many pages of files and metafiles in the file cache's working set.
__declspec(dllexport) void physical_cache(std::uint64_t pages) {
    const Locked locked(lock);
    cache = pages;
}

// What the FileInfo device has to say, to those who speak its version.
__declspec(dllexport) int physical_log(const void* bytes, std::uint32_t size,
                                       std::uint32_t version) {
    const Locked locked(lock);
    if (size > names_log.size()) return 0;
    std::memcpy(names_log.data(), bytes, size);
    log_size = size;
    log_version = version;
    return 1;
}

}  // extern "C"
