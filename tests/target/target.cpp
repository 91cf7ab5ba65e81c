// target: a program with known content at known places, for others to look into.
//
// It lays out its memory, prints where everything is as one line of JSON, and then obeys the lines
// it reads, answering each with one line. At the end of its input it ends.
//
//   target            everything below
//   target MIB        the same, and as much private memory with a mark in the middle of each MiB
//   target idle       nothing at all: one of many
#include <windows.h>
// It needs windows.h before it.
#include <winternl.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t mebibyte = 1024 * 1024;
constexpr std::size_t mark_size = 16;

// Made when the program runs, so that no copy of it lies in the program file: what a test finds are
// the copies below, and this one, which ends with the function.
std::array<char, mark_size> mark() {
    static volatile unsigned char seed = 0x2F;
    std::array<char, mark_size> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>((seed + i * 29) ^ 0xA5);
    }
    return bytes;
}

void put_mark(char* at) {
    auto bytes = mark();
    std::memcpy(at, bytes.data(), bytes.size());
    SecureZeroMemory(bytes.data(), bytes.size());
}

[[noreturn]] void give_up(const char* call) {
    std::fprintf(stderr, "target: %s failed: %lu\n", call, GetLastError());
    std::exit(1);
}

char* pages(std::size_t size) {
    auto* memory =
        static_cast<char*>(VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    if (!memory) give_up("VirtualAlloc");
    return memory;
}

void protect(char* at, std::size_t size, DWORD protection) {
    DWORD before;
    if (!VirtualProtect(at, size, protection, &before)) give_up("VirtualProtect");
}

char* protected_page(DWORD protection) {
    auto* memory = pages(page);
    put_mark(memory);
    protect(memory, page, protection);
    return memory;
}

// Two regions side by side, the mark half in each.
char* border() {
    auto* memory = pages(2 * page);
    auto* at = memory + page - mark_size / 2;
    put_mark(at);
    protect(memory + page, page, PAGE_READONLY);
    return at;
}

// The last bytes before address space that is only reserved.
char* edge() {
    auto* memory = static_cast<char*>(VirtualAlloc(nullptr, 2 * page, MEM_RESERVE, PAGE_READWRITE));
    if (!memory || !VirtualAlloc(memory, page, MEM_COMMIT, PAGE_READWRITE)) give_up("VirtualAlloc");
    auto* at = memory + page - mark_size;
    put_mark(at);
    return at;
}

// A view of a temporary file that has the mark in it.
char* view(DWORD protection, DWORD access) {
    wchar_t folder[MAX_PATH];
    wchar_t path[MAX_PATH];
    if (!GetTempPathW(MAX_PATH, folder) || !GetTempFileNameW(folder, L"tgt", 0, path)) {
        give_up("GetTempFileNameW");
    }
    const auto file =
        CreateFileW(path, GENERIC_READ | GENERIC_WRITE | DELETE, FILE_SHARE_READ, nullptr,
                    CREATE_ALWAYS, FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, nullptr);
    if (file == INVALID_HANDLE_VALUE) give_up("CreateFileW");
    std::array<char, page> content{};
    put_mark(content.data());
    DWORD written;
    if (!WriteFile(file, content.data(), page, &written, nullptr)) give_up("WriteFile");
    SecureZeroMemory(content.data(), content.size());
    const auto mapping = CreateFileMappingW(file, nullptr, protection, 0, 0, nullptr);
    auto* mapped = mapping ? MapViewOfFile(mapping, access, 0, 0, 0) : nullptr;
    if (!mapped) give_up("MapViewOfFile");
    return static_cast<char*>(mapped);
}

bool is_guarded(const char* address) {
    MEMORY_BASIC_INFORMATION region;
    return VirtualQuery(address, &region, sizeof(region)) && (region.Protect & PAGE_GUARD) != 0;
}

void tell(const char* name, unsigned long long value) {
    std::printf("\"%s\": %llu, ", name, value);
}

void tell(const char* name, const void* address) {
    tell(name, static_cast<unsigned long long>(reinterpret_cast<std::uintptr_t>(address)));
}

// What is not laid out here, but every process has.
void tell_landmarks() {
    const int local = 0;
    tell("stack", &local);
    tell("thread", GetCurrentThreadId());
    tell("teb", NtCurrentTeb());
    tell("peb", NtCurrentTeb()->ProcessEnvironmentBlock);
    tell("heap", GetProcessHeap());
    tell("second_heap", HeapCreate(0, 0, 0));
    tell("program", GetModuleHandleW(nullptr));
    tell("kernel32", GetModuleHandleW(L"kernel32.dll"));
}

}  // namespace

int main(int count, char** words) {
    const std::string_view word = count > 1 ? words[1] : "";
    char line[256];
    // Or the first line would be read into a heap block, perhaps of a heap that a test has just put
    // in the place of ours.
    static char read[256];
    std::setvbuf(stdin, read, _IOFBF, sizeof(read));
    if (word == "idle") {
        std::puts("{}");
        std::fflush(stdout);
        return std::fgets(line, sizeof(line), stdin) ? 0 : 1;
    }

    const auto large_size =
        std::size_t{std::strtoul(count > 1 ? words[1] : "0", nullptr, 10)} * mebibyte;
    auto* guarded = protected_page(PAGE_READWRITE | PAGE_GUARD);
    auto* numbers = reinterpret_cast<std::uint32_t*>(pages(page));
    auto* text = pages(page);
    std::memcpy(text + 100, "Wren song", 9);
    std::memcpy(text + 201, L"Wren song", 18);  // at an odd address
    auto* several = pages(16 * page);           // for tests to write to and to protect
    for (std::size_t i = 0; i < 16; ++i) several[i * page] = static_cast<char>('a' + i);

    std::printf("{");
    tell("private", protected_page(PAGE_READWRITE));
    tell("readonly", protected_page(PAGE_READONLY));
    tell("executable", protected_page(PAGE_EXECUTE_READ));
    tell("guarded", guarded);
    tell("noaccess", protected_page(PAGE_NOACCESS));
    tell("border", border());
    tell("edge", edge());
    tell("mapped", view(PAGE_READWRITE, FILE_MAP_ALL_ACCESS));
    tell("writecopy", view(PAGE_WRITECOPY, FILE_MAP_COPY));
    tell("numbers", numbers);
    tell("text", text);
    tell("several", several);
    auto* large = large_size == 0 ? nullptr : pages(large_size);
    for (std::size_t i = 0; i < large_size / page; ++i) {
        large[i * page] = static_cast<char>(i % 251);  // no page is left to share
    }
    for (std::size_t i = 0; i < large_size / mebibyte; ++i) {
        put_mark(large + i * mebibyte + mebibyte / 2);
    }
    tell("large", large);
    tell_landmarks();
    std::printf("\"mark\": [");
    auto bytes = mark();
    for (const auto each : bytes) std::printf("%d, ", static_cast<unsigned char>(each));
    SecureZeroMemory(bytes.data(), bytes.size());
    std::printf("0], \"pid\": %lu}\n", GetCurrentProcessId());
    std::fflush(stdout);

    while (std::fgets(line, sizeof(line), stdin)) {
        if (std::strncmp(line, "number ", 7) == 0) {
            char* rest = nullptr;
            const auto index = std::strtoull(line + 7, &rest, 10);
            const auto value = std::strtoull(rest, nullptr, 10);
            if (index < page / 4) numbers[index] = static_cast<std::uint32_t>(value);
            std::puts(index < page / 4 ? "ok" : "what?");
        } else if (std::strncmp(line, "guarded", 7) == 0) {
            std::puts(is_guarded(guarded) ? "yes" : "no");
        } else if (std::strncmp(line, "crash", 5) == 0) {
            TerminateProcess(GetCurrentProcess(), 3);
        } else {
            std::puts("what?");
        }
        std::fflush(stdout);
    }
    return 0;
}
