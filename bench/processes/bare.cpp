// processes/bare: the kernel's process table, and copying from another process.
#include <windows.h>

#include <pybind11/stl.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <span>
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

// The same, but pieces on pages side by side, or with one page between them, are fetched at once:
// what a program does that does not mind taking a guard away. Guard pages are not asked for.
std::size_t read_together(const Process& process, const py::buffer& addresses, std::size_t size) {
    constexpr std::size_t page = 4096;
    constexpr std::size_t most = 256 * page;
    const auto view = addresses.request();
    const std::span at(static_cast<const std::uint64_t*>(view.ptr),
                       static_cast<std::size_t>(view.size));
    std::vector<std::size_t> order(at.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t piece) { return at[piece]; });
    std::vector<char> fetched(most);
    std::vector<char> pieces(at.size() * size);
    std::size_t done = 0;
    for (std::size_t first = 0; first < order.size();) {
        const auto start = at[order[first]];
        auto end = start + size;
        auto last = first + 1;
        for (; last < order.size(); ++last) {
            const auto next = at[order[last]];
            if (next > end + page || next + size - start > most) break;
            end = std::max(end, next + size);
        }
        process.read(start, fetched.data(), end - start);
        for (; first < last; ++first) {
            const auto piece = order[first];
            std::memcpy(pieces.data() + piece * size, fetched.data() + (at[piece] - start), size);
            done += size;
        }
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

// Memory as it was, and how many of its numbers of 32 bits are not so any more: a plain copy, and a
// loop over it, as scanmem has it.
class Snapshot {
public:
    Snapshot(const Process& process, std::uint64_t address, std::size_t size)
        : process_(process), address_(address), kept_(size) {
        process.read(address, kept_.data(), size);
    }

    [[nodiscard]] std::size_t size() const { return kept_.size(); }
    [[nodiscard]] std::size_t changed() const {
        std::vector<char> now(chunk);
        std::size_t found = 0;
        for (std::size_t at = 0; at < kept_.size(); at += chunk) {
            const auto size = process_.read(address_ + at, now.data(),
                                            std::min<std::size_t>(chunk, kept_.size() - at));
            for (std::size_t i = 0; i + 4 <= size; i += 4) {
                found += std::memcmp(now.data() + i, kept_.data() + at + i, 4) == 0 ? 0 : 1;
            }
        }
        return found;
    }

private:
    const Process& process_;
    std::uint64_t address_;
    std::vector<char> kept_;
};

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
        .def("read_together", &read_together, "addresses"_a, "size"_a)
        .def("read_through", &read_through, "address"_a, "size"_a, "threads"_a);
    py::class_<Snapshot>(module, "Snapshot")
        .def(py::init<const Process&, std::uint64_t, std::size_t>(), "process"_a, "address"_a,
             "size"_a, py::keep_alive<1, 2>())
        .def("__len__", &Snapshot::size)
        .def("changed", &Snapshot::changed);
    module.def("copy_through", &copy_through, "memory"_a);
    module.def("look_through", &look_through, "memory"_a, "byte"_a);
}

}  // namespace ntpages::bare
