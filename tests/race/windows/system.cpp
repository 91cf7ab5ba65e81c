// system: locks, threads, handles, the token, words, and finding functions by name.
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <thread>

#include "tests/race/windows/windows.hpp"
// After windows.h, which it needs.
#include <tlhelp32.h>

namespace {

thread_local DWORD last_error = ERROR_SUCCESS;

// How many share the lock, or -1; by atomics, whose order ThreadSanitizer sees.
std::atomic_ref<std::intptr_t> state_of(SRWLOCK* lock) {
    static_assert(sizeof(SRWLOCK) == sizeof(std::intptr_t));
    return std::atomic_ref(*reinterpret_cast<std::intptr_t*>(lock));
}

HANDLE new_object(bool signalled) {
    auto* const object = new windows::Object;
    object->signalled = signalled;
    return object;
}

bool is_pseudo(HANDLE handle) {
    return reinterpret_cast<std::intptr_t>(handle) < 0;
}

void drop(windows::Object* object) {
    {
        const std::scoped_lock lock(object->lock);
        if (--object->handles != 0) return;
    }
    delete object;
}

constexpr std::array<std::u16string_view, 3> privileges{
    u"SeLockMemoryPrivilege", u"SeSystemtimePrivilege", u"SeIncreaseWorkingSetPrivilege"};
std::array<std::atomic<DWORD>, privileges.size()> enabled{};
std::atomic<SIZE_T> least{50 * windows::page};
std::atomic<SIZE_T> most{345 * windows::page};

LONG query_information_process(HANDLE, ULONG, void* to, ULONG size, ULONG*) {
    std::memset(to, 1, size);
    return 0;
}
ULONG status_to_dos_error(LONG) {
    return ERROR_MR_MID_NOT_FOUND;
}
LONG get_version(RTL_OSVERSIONINFOW* version) {
    version->dwMajorVersion = 10;
    version->dwBuildNumber = 26100;
    return 0;
}

}  // namespace

extern "C" {

DWORD GetLastError() {
    return last_error;
}
void SetLastError(DWORD code) {
    last_error = code;
}

// ---- Locks and threads --------------------------------------------------------------------------

void AcquireSRWLockExclusive(SRWLOCK* lock) {
    for (std::intptr_t free = 0; !state_of(lock).compare_exchange_weak(free, -1); free = 0) {
        sched_yield();
    }
}
void ReleaseSRWLockExclusive(SRWLOCK* lock) {
    state_of(lock).store(0);
}
void AcquireSRWLockShared(SRWLOCK* lock) {
    for (auto users = state_of(lock).load();;) {
        if (users < 0) {
            sched_yield();
            users = state_of(lock).load();
        } else if (state_of(lock).compare_exchange_weak(users, users + 1)) {
            return;
        }
    }
}
void ReleaseSRWLockShared(SRWLOCK* lock) {
    --state_of(lock);
}

// It may wake for no reason: so it does at once.
BOOL SleepConditionVariableSRW(CONDITION_VARIABLE*, SRWLOCK* lock, DWORD, ULONG) {
    ReleaseSRWLockExclusive(lock);
    sched_yield();
    AcquireSRWLockExclusive(lock);
    return TRUE;
}
void WakeAllConditionVariable(CONDITION_VARIABLE*) {}

BOOL IsProcessorFeaturePresent(DWORD) {
    return TRUE;  // AVX2: what it is asked for
}

BOOL SwitchToThread() {
    sched_yield();
    return TRUE;
}
void Sleep(DWORD milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}
ULONGLONG GetTickCount64() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<ULONGLONG>(now.tv_sec) * 1000 +
           static_cast<ULONGLONG>(now.tv_nsec) / 1000000;
}
DWORD GetCurrentThreadId() {
    return static_cast<DWORD>(gettid());
}
DWORD GetCurrentProcessId() {
    return static_cast<DWORD>(getpid());
}
HANDLE GetCurrentProcess() {
    return reinterpret_cast<HANDLE>(std::intptr_t{-1});
}

HANDLE CreateThread(SECURITY_ATTRIBUTES*, SIZE_T, LPTHREAD_START_ROUTINE run, void* parameter,
                    DWORD, DWORD*) {
    auto* const thread = static_cast<windows::Object*>(new_object(false));
    thread->handles = 2;
    std::thread([=] {
        run(parameter);
        {
            const std::scoped_lock lock(thread->lock);
            thread->signalled = true;
        }
        thread->changed.notify_all();
        drop(thread);
    }).detach();
    return thread;
}

DWORD WaitForSingleObject(HANDLE handle, DWORD milliseconds) {
    if (is_pseudo(handle)) return WAIT_TIMEOUT;
    auto& object = *static_cast<windows::Object*>(handle);
    std::unique_lock lock(object.lock);
    const auto done = object.changed.wait_for(lock, std::chrono::milliseconds(milliseconds),
                                              [&] { return object.signalled; });
    return done ? WAIT_OBJECT_0 : WAIT_TIMEOUT;
}

BOOL CloseHandle(HANDLE handle) {
    if (!is_pseudo(handle)) drop(static_cast<windows::Object*>(handle));
    return TRUE;
}

HANDLE CreateMemoryResourceNotification(MEMORY_RESOURCE_NOTIFICATION_TYPE kind) {
    return new_object(kind == HighMemoryResourceNotification);
}

// ---- Processes: there is one --------------------------------------------------------------------

HANDLE OpenProcess(DWORD, BOOL, DWORD pid) {
    if (pid == GetCurrentProcessId()) return new_object(false);
    SetLastError(ERROR_INVALID_PARAMETER);
    return nullptr;
}
DWORD GetProcessId(HANDLE) {
    return GetCurrentProcessId();
}
BOOL TerminateProcess(HANDLE, UINT) {
    return FALSE;
}
BOOL IsWow64Process(HANDLE, BOOL* emulated) {
    *emulated = FALSE;
    return TRUE;
}
BOOL GetProcessTimes(HANDLE, FILETIME* created, FILETIME*, FILETIME*, FILETIME*) {
    *created = {1, 1};
    return TRUE;
}
BOOL GetProcessWorkingSetSizeEx(HANDLE, SIZE_T* minimum, SIZE_T* maximum, DWORD* flags) {
    *minimum = least;
    *maximum = most;
    *flags = 0;
    return TRUE;
}
BOOL SetProcessWorkingSetSizeEx(HANDLE, SIZE_T minimum, SIZE_T maximum, DWORD) {
    least = minimum;
    most = maximum;
    return TRUE;
}
void GetSystemInfo(SYSTEM_INFO* info) {
    *info = {};
    info->dwPageSize = windows::page;
    info->dwAllocationGranularity = 64 * 1024;
    info->lpMaximumApplicationAddress = reinterpret_cast<void*>(0x7FFF'FFFE'FFFF);
}
SIZE_T GetLargePageMinimum() {
    return 2 * 1024 * 1024;
}

// Toolhelp tells of nobody.
HANDLE CreateToolhelp32Snapshot(DWORD, DWORD) {
    SetLastError(ERROR_NOT_SUPPORTED);
    return INVALID_HANDLE_VALUE;
}
BOOL Heap32ListFirst(HANDLE, HEAPLIST32*) {
    return FALSE;
}
BOOL Heap32ListNext(HANDLE, HEAPLIST32*) {
    return FALSE;
}
BOOL Heap32First(HEAPENTRY32*, DWORD, ULONG_PTR) {
    return FALSE;
}
BOOL Heap32Next(HEAPENTRY32*) {
    return FALSE;
}

// ---- The token ----------------------------------------------------------------------------------

BOOL OpenProcessToken(HANDLE, DWORD, HANDLE* token) {
    *token = new_object(false);
    return TRUE;
}

BOOL LookupPrivilegeValueW(const wchar_t*, const wchar_t* name, LUID* luid) {
    const std::u16string_view wanted(reinterpret_cast<const char16_t*>(name));
    for (DWORD i = 0; i < privileges.size(); ++i) {
        if (privileges[i] != wanted) continue;
        *luid = {i, 0};
        return TRUE;
    }
    SetLastError(ERROR_NO_SUCH_PRIVILEGE);
    return FALSE;
}

BOOL LookupPrivilegeNameW(const wchar_t*, LUID* luid, wchar_t* name, DWORD* length) {
    const auto found = privileges[luid->LowPart];
    *length = static_cast<DWORD>(found.copy(reinterpret_cast<char16_t*>(name), *length));
    return TRUE;
}

BOOL AdjustTokenPrivileges(HANDLE, BOOL, TOKEN_PRIVILEGES* wanted, DWORD, TOKEN_PRIVILEGES* before,
                           DWORD*) {
    const auto [luid, attributes] = wanted->Privileges[0];
    const auto was = enabled[luid.LowPart].exchange(attributes);
    before->PrivilegeCount = was == attributes ? 0 : 1;
    before->Privileges[0] = {luid, was};
    SetLastError(ERROR_SUCCESS);
    return TRUE;
}

BOOL GetTokenInformation(HANDLE, TOKEN_INFORMATION_CLASS what, void* to, DWORD room, DWORD* size) {
    *size = sizeof(TOKEN_PRIVILEGES) + privileges.size() * sizeof(LUID_AND_ATTRIBUTES);
    if (what == TokenElevation) *size = sizeof(TOKEN_ELEVATION);
    if (room < *size) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    std::memset(to, 0, *size);
    if (what == TokenElevation) return TRUE;
    auto& told = *static_cast<TOKEN_PRIVILEGES*>(to);
    told.PrivilegeCount = privileges.size();
    for (DWORD i = 0; i < privileges.size(); ++i) {
        (&told.Privileges[0])[i] = {{i, 0}, enabled[i]};
    }
    return TRUE;
}

// ---- Words: ASCII is enough here ----------------------------------------------------------------

int MultiByteToWideChar(UINT, DWORD, const char* from, int size, wchar_t* to, int room) {
    for (int i = 0; i < size && i < room; ++i) to[i] = static_cast<unsigned char>(from[i]);
    return size;
}
int WideCharToMultiByte(UINT, DWORD, const wchar_t* from, int size, char* to, int room, const char*,
                        BOOL*) {
    for (int i = 0; i < size && i < room; ++i) to[i] = static_cast<char>(from[i]);
    return size;
}
DWORD FormatMessageW(DWORD, const void*, DWORD, DWORD, wchar_t*, DWORD, va_list*) {
    return 0;
}
HANDLE GetStdHandle(DWORD) {
    return GetCurrentProcess();
}
BOOL WriteFile(HANDLE, const void* from, DWORD size, DWORD*, OVERLAPPED*) {
    return write(STDERR_FILENO, from, size) >= 0;
}

// Here a wchar_t has 16 bits, as in Windows; those of the C library have 32.
size_t wcslen(const wchar_t* text) noexcept {
    std::size_t size = 0;
    while (text[size]) ++size;
    return size;
}
wchar_t* wmemcpy(wchar_t* to, const wchar_t* from, size_t size) noexcept {
    return static_cast<wchar_t*>(std::memcpy(to, from, size * sizeof *to));
}
wchar_t* wmemmove(wchar_t* to, const wchar_t* from, size_t size) noexcept {
    return static_cast<wchar_t*>(std::memmove(to, from, size * sizeof *to));
}
wchar_t* wmemset(wchar_t* to, wchar_t letter, size_t size) noexcept {
    for (std::size_t i = 0; i < size; ++i) to[i] = letter;
    return to;
}

// ---- Functions by name --------------------------------------------------------------------------

HMODULE GetModuleHandleW(const wchar_t*) {
    return reinterpret_cast<HMODULE>(1);
}

FARPROC GetProcAddress(HMODULE, const char* name) {
    if (std::strcmp(name, "NtQueryInformationProcess") == 0) {
        return windows::as_found(&query_information_process);
    }
    if (std::strcmp(name, "RtlNtStatusToDosError") == 0) {
        return windows::as_found(&status_to_dos_error);
    }
    if (std::strcmp(name, "RtlGetVersion") == 0) return windows::as_found(&get_version);
    if (const auto found = windows::memory_function(name)) return found;
    return windows::heap_function(name);
}

}  // extern "C"
