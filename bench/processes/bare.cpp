// processes/bare: the kernel's process table, and copying from another process.
#include <windows.h>

#include <pybind11/stl.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "bench/bare.hpp"

namespace ntpages::bare {
namespace {

using Query = LONG NTAPI(ULONG, void*, ULONG, ULONG*);

constexpr std::size_t chunk = 512 * 1024;  // stays in the processor's cache

// Asks with a buffer that is large enough and always the same, and counts the answers.
std::size_t list_processes() {
    static const auto query = reinterpret_cast<Query*>(reinterpret_cast<void (*)()>(
        GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQuerySystemInformation")));
    thread_local std::vector<char> buffer(4 * 1024 * 1024);
    ULONG size = 0;
    if (query(5, buffer.data(), static_cast<ULONG>(buffer.size()), &size) < 0) return 0;
    std::size_t count = 1;
    for (const auto* entry = buffer.data();; ++count) {
        ULONG next;
        std::memcpy(&next, entry, sizeof(next));
        if (next == 0) return count;
        entry += next;
    }
}

struct Process {
    explicit Process(DWORD pid) : handle(OpenProcess(PROCESS_VM_READ, FALSE, pid)) {}
    ~Process() { CloseHandle(handle); }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    std::size_t read(std::uint64_t address, void* into, std::size_t size) const {
        SIZE_T done = 0;
        ReadProcessMemory(handle, reinterpret_cast<void*>(address), into, size, &done);
        return done;
    }

    HANDLE handle;
};

std::size_t read_into(const Process& process, std::uint64_t address, const py::buffer& buffer) {
    const auto view = buffer.request(true);
    return process.read(address, view.ptr, static_cast<std::size_t>(view.size));
}

// One call for each piece.
std::size_t read_many(const Process& process, const py::buffer& addresses, std::size_t size) {
    const auto view = addresses.request();
    const auto* at = static_cast<const std::uint64_t*>(view.ptr);
    std::vector<char> pieces(static_cast<std::size_t>(view.size) * size);
    std::size_t done = 0;
    for (py::ssize_t i = 0; i < view.size; ++i) {
        done += process.read(at[i], pieces.data() + static_cast<std::size_t>(i) * size, size);
    }
    return done;
}

// What a scan has to copy, by so many threads, into buffers that stay in the processor's caches.
std::size_t read_through(const Process& process, std::uint64_t address, std::size_t size,
                         std::size_t threads) {
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> done{0};
    const auto part = [&] {
        const auto buffer = std::make_unique<char[]>(chunk);
        for (auto at = next.fetch_add(chunk); at < size; at = next.fetch_add(chunk)) {
            done += process.read(address + at, buffer.get(), std::min(chunk, size - at));
        }
    };
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back(part);
    part();
    for (auto& each : others) each.join();
    return done;
}

// The same within one process: what the memory itself allows.
std::size_t copy_through(const py::buffer& memory) {
    const auto view = memory.request();
    const auto size = static_cast<std::size_t>(view.size);
    const auto buffer = std::make_unique<char[]>(chunk);
    std::size_t done = 0;
    for (; done < size; done += std::min(chunk, size - done)) {
        std::memcpy(buffer.get(), static_cast<const char*>(view.ptr) + done,
                    std::min(chunk, size - done));
    }
    return done;
}

// How fast one's own memory can be looked at for a byte that is not there, in one thread.
std::size_t look_through(const py::buffer& memory, int byte) {
    const auto view = memory.request();
    const auto size = static_cast<std::size_t>(view.size);
    return std::memchr(view.ptr, byte, size) == nullptr ? size : 0;
}

}  // namespace

void bind_processes(py::module_& module) {
    module.def("list_processes", &list_processes);
    py::class_<Process>(module, "Process")
        .def(py::init<DWORD>(), "pid"_a)
        .def("read_into", &read_into, "address"_a, "buffer"_a)
        .def("read_many", &read_many, "addresses"_a, "size"_a)
        .def("read_through", &read_through, "address"_a, "size"_a, "threads"_a);
    module.def("copy_through", &copy_through, "memory"_a);
    module.def("look_through", &look_through, "memory"_a, "byte"_a);
}

}  // namespace ntpages::bare
