// memory_lists/commands: the kernel's page lists and the commands that move pages between them.
#include "native/memory_lists/commands.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "native/error.hpp"
#include "native/partitions/partition.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr const char* profile = "SeProfileSingleProcessPrivilege";
constexpr const char* quota = "SeIncreaseQuotaPrivilege";

// A refusal for want of a privilege names the one that the class asks for: Windows does not.
void check_privileged(Status status, const char* call, const char* privilege) {
    if (status < 0)
        fail_status(call, status, status == nt::status_privilege_not_held ? privilege : "");
}

void set_system(ULONG information, void* buffer, ULONG size, const char* privilege) {
    check_privileged(nt::set_system_information(information, buffer, size),
                     "NtSetSystemInformation", privilege);
}

void close_volume_search(void* search) noexcept {
    FindVolumeClose(search);
}

std::vector<std::wstring> writable_volumes() {
    wchar_t name[MAX_PATH];
    const auto search = FindFirstVolumeW(name, MAX_PATH);
    if (search == INVALID_HANDLE_VALUE) fail("FindFirstVolumeW");
    const std::unique_ptr<void, Closer<&close_volume_search>> owner(search);
    std::vector<std::wstring> volumes;
    do {
        const auto type = GetDriveTypeW(name);
        if (type == DRIVE_FIXED || type == DRIVE_REMOVABLE) volumes.emplace_back(name);
    } while (FindNextVolumeW(search, name, MAX_PATH));
    if (GetLastError() != ERROR_NO_MORE_FILES) fail("FindNextVolumeW");
    return volumes;
}

// Whether a volume that answers so has no cached file data: there is no medium, it can't be
// written, Windows knows no file system on it (another system's partition), or BitLocker keeps it
// locked.
bool nothing_to_flush(DWORD code) noexcept {
    constexpr std::array codes{DWORD{ERROR_NOT_READY},           DWORD{ERROR_NO_MEDIA_IN_DRIVE},
                               DWORD{ERROR_WRITE_PROTECT},       DWORD{ERROR_INVALID_FUNCTION},
                               DWORD{ERROR_UNRECOGNIZED_VOLUME}, DWORD{0x80310000}};
    return std::ranges::find(codes, code) != codes.end();
}

}  // namespace

MemoryLists query_memory_lists() {
    // Windows 7 fills 168 bytes and leaves the last field, which it does not know, at zero.
    constexpr auto least = offsetof(nt::SystemMemoryListInformation, modified_page_file);
    constexpr auto call = "NtQuerySystemInformation";
    nt::SystemMemoryListInformation pages{};
    const auto answer = nt::query_system(nt::system_memory_list_information, &pages, sizeof(pages));
    check_privileged(answer.status, call, profile);
    if (answer.filled < least) fail_status(call, nt::status_info_length_mismatch);
    MemoryLists lists;
    lists.zero = pages.zero * page_size;
    lists.free = pages.free * page_size;
    lists.modified = pages.modified * page_size;
    lists.modified_no_write = pages.modified_no_write * page_size;
    lists.modified_page_file = pages.modified_page_file * page_size;
    lists.bad = pages.bad * page_size;
    for (std::size_t priority = 0; priority < lists.standby.size(); ++priority) {
        lists.standby[priority] = pages.standby[priority] * page_size;
        lists.repurposed[priority] = pages.repurposed[priority] * page_size;
    }
    return lists;
}

MemoryLists query_partial_memory_lists() {
    const auto memory = system_partition_memory();
    MemoryLists lists;
    lists.zero = memory.zero;
    lists.free = memory.free;
    lists.standby = memory.standby;
    lists.repurposed = memory.repurposed;
    return lists;
}

std::uint64_t MemoryLists::standby_total() const {
    return std::accumulate(standby.begin(), standby.end(), std::uint64_t{0});
}

void command_memory_lists(nt::MemoryListCommand command) {
    set_system(nt::system_memory_list_information, &command, sizeof(command), profile);
}

std::uint64_t query_file_cache() {
    constexpr auto call = "NtQuerySystemInformation";
    nt::SystemFileCacheInformation cache{};
    const auto answer = nt::query_system(nt::system_file_cache_information, &cache, sizeof(cache));
    check_status(answer.status, call);
    if (answer.filled < sizeof(cache.current_size)) {
        fail_status(call, nt::status_info_length_mismatch);
    }
    return cache.current_size;
}

// The system cache's working set: a minimum and a maximum of -1 mean "out with everything".
void empty_file_cache() {
    nt::SystemFileCacheInformation cache{};
    cache.minimum_working_set = static_cast<std::size_t>(-1);
    cache.maximum_working_set = static_cast<std::size_t>(-1);
    set_system(nt::system_file_cache_information_ex, &cache, sizeof(cache), quota);
}

std::size_t combine_pages() {
    nt::MemoryCombineInformationEx combine{};
    set_system(nt::system_combine_physical_memory_information, &combine, sizeof(combine), profile);
    return combine.pages_combined;
}

void reconcile_registry() {
    set_system(nt::system_registry_reconciliation_information, nullptr, 0, "");
}

void purge_file(const std::wstring& path) {
    const auto file = own(CreateFileW(path.c_str(), GENERIC_READ,
                                      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                      nullptr, OPEN_EXISTING, FILE_FLAG_NO_BUFFERING, nullptr));
    if (!file) fail("CreateFileW", GetLastError(), utf8(path.data(), path.size()));
}

// Tries every volume, then reports the first refusal. Returns the volumes flushed.
std::vector<std::string> flush_volumes() {
    std::vector<std::string> flushed;
    const char* refused = nullptr;
    DWORD refusal = ERROR_SUCCESS;
    std::string refusing;
    for (const auto& volume : writable_volumes()) {
        // Without the closing backslash the name means the volume, not its root folder.
        const auto device = volume.substr(0, volume.size() - 1);
        const auto name = utf8(volume.data(), volume.size());
        const auto handle = own(CreateFileW(device.c_str(), FILE_WRITE_DATA | SYNCHRONIZE,
                                            FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                                            OPEN_EXISTING, 0, nullptr));
        const auto opened = handle != nullptr;
        if (opened && FlushFileBuffers(handle.get())) {
            flushed.push_back(name);
            continue;
        }
        const auto code = GetLastError();
        if (nothing_to_flush(code)) continue;
        if (!refused) {
            refused = opened ? "FlushFileBuffers" : "CreateFileW";
            refusal = code;
            refusing = name;
        }
    }
    if (refused) fail(refused, refusal, refusing);
    return flushed;
}

}  // namespace ntpages
