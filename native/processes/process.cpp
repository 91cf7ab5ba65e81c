// processes/process: finding and opening them; what Python sees of the work next door.
#include "native/processes/process.hpp"

#include <sstream>

#include "native/bind.hpp"
#include "native/buffer.hpp"

namespace ntpages {

Handle open_process(DWORD pid, DWORD access) {
    if (pid == GetCurrentProcessId()) return Handle(GetCurrentProcess());
    // Windows ignores the two low bits of an id, so 1233 would quietly open process 1232.
    if (pid % 4 != 0) throw NoSuchProcess("OpenProcess", pid, ERROR_INVALID_PARAMETER);
    Handle handle(OpenProcess(access, FALSE, pid));
    if (!handle) {
        const auto code = GetLastError();
        if (code == ERROR_INVALID_PARAMETER) throw NoSuchProcess("OpenProcess", pid, code);
        fail("OpenProcess", code, "pid " + std::to_string(pid));
    }
    // One that has exited can be opened as long as anybody holds a handle of it.
    if (has_exited(pid)) throw NoSuchProcess("OpenProcess", pid, ERROR_SUCCESS);
    return handle;
}

bool has_exited(DWORD pid) noexcept {
    if (pid == GetCurrentProcessId()) return false;
    const Handle handle(OpenProcess(SYNCHRONIZE, FALSE, pid));
    if (!handle) return GetLastError() == ERROR_INVALID_PARAMETER;
    return WaitForSingleObject(handle.get(), 0) == WAIT_OBJECT_0;
}

void refuse(DWORD pid, const char* call, DWORD code) {
    if (has_exited(pid)) throw NoSuchProcess(call, pid, code);
    fail(call, code, "pid " + std::to_string(pid));
}

std::uint64_t highest_address() noexcept {
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    return reinterpret_cast<std::uint64_t>(system.lpMaximumApplicationAddress);
}

namespace {

std::string told(const Process& process, std::uint64_t address, std::size_t done,
                 std::size_t wanted) {
    std::ostringstream words;
    words << "pid " << process.pid() << ", " << done << " of " << wanted << " bytes at 0x"
          << std::hex << address;
    return words.str();
}

std::size_t read(Process& process, std::uint64_t address, std::span<std::byte> into, bool partial) {
    const auto [done, code] = process.read(address, into);
    if (code != ERROR_SUCCESS && !partial) {
        fail("ReadProcessMemory", code, told(process, address, done, into.size()));
    }
    return done;
}

void write(Process& process, std::uint64_t address, std::span<const std::byte> from,
           bool unprotect) {
    const auto [done, code] = process.write(address, from, unprotect);
    if (code != ERROR_SUCCESS) {
        fail("WriteProcessMemory", code, told(process, address, done, from.size()));
    }
}

}  // namespace

void bind_processes_scan(py::module_& module);

void bind_processes(py::module_& module) {
    bind_processes_scan(module);
    // New bytes, for the caller alone to fill before anyone else sees them.
    const auto new_bytes = [](std::size_t size) {
        auto bytes = py::reinterpret_steal<py::bytes>(
            PyBytes_FromStringAndSize(nullptr, static_cast<py::ssize_t>(size)));
        if (!bytes) throw py::error_already_set();
        const std::span into(reinterpret_cast<std::byte*>(PyBytes_AS_STRING(bytes.ptr())), size);
        return std::pair(bytes, into);
    };

    const auto read_without_gil = [](Process& process, std::uint64_t address,
                                     std::span<std::byte> into, bool partial) {
        const py::gil_scoped_release without_gil;
        return read(process, address, into, partial);
    };

    module.def("list_processes", &list_processes, "full"_a, "limits"_a, "known_limits"_a,
               ReleaseGil());

    py::class_<Protected>(module, "Protected")
        .def_readonly("address", &Protected::address)
        .def_readonly("size", &Protected::size)
        .def_readonly("protection", &Protected::protection);

    py::class_<Process, std::shared_ptr<Process>>(module, "Process")
        .def(py::init<DWORD>(), "pid"_a)
        .def_property_readonly("pid", &Process::pid)
        .def_property_readonly("closed", &Process::closed)
        .def("close", &Process::close, ReleaseGil())
        .def(
            "read",
            [=](Process& process, std::uint64_t address, std::size_t size, bool partial) {
                auto [bytes, into] = new_bytes(size);
                const auto done = read_without_gil(process, address, into, partial);
                if (done == size) return bytes;
                return py::bytes(PyBytes_AS_STRING(bytes.ptr()), done);
            },
            "address"_a, "size"_a, "partial"_a)
        .def(
            "read_into",
            [=](Process& process, std::uint64_t address, const py::object& buffer, bool partial) {
                const Borrowed into(buffer, PyBUF_WRITABLE);
                return read_without_gil(process, address, into.bytes(), partial);
            },
            "address"_a, "buffer"_a, "partial"_a)
        .def(
            "read_many",
            [=](Process& process, const py::object& given, std::size_t size) {
                const Addresses addresses(given);
                const auto made = new_bytes(addresses.get().size() * size);
                const auto missing = [&] {
                    const py::gil_scoped_release without_gil;
                    return process.read_many(addresses.get(), size, made.second);
                }();
                return std::pair(made.first, missing);
            },
            "addresses"_a, "size"_a)
        .def(
            "write",
            [](Process& process, std::uint64_t address, const py::object& data, bool unprotect) {
                const Borrowed from(data);
                const py::gil_scoped_release without_gil;
                write(process, address, from.bytes(), unprotect);
            },
            "address"_a, "data"_a, "unprotect"_a)
        .def(
            "allocate",
            [](Process& process, std::uint64_t at, std::size_t size, bool commit,
               DWORD protection) {
                return process.allocate(at, size, MEM_RESERVE | (commit ? MEM_COMMIT : 0),
                                        protection);
            },
            "at"_a, "size"_a, "commit"_a, "protection"_a, ReleaseGil())
        .def(
            "commit",
            [](Process& process, std::uint64_t address, std::size_t size, DWORD protection) {
                process.allocate(address, size, MEM_COMMIT, protection);
            },
            "address"_a, "size"_a, "protection"_a, ReleaseGil())
        .def(
            "decommit",
            [](Process& process, std::uint64_t address, std::size_t size) {
                process.free(address, size, MEM_DECOMMIT);
            },
            "address"_a, "size"_a, ReleaseGil())
        .def(
            "free",
            [](Process& process, std::uint64_t address) { process.free(address, 0, MEM_RELEASE); },
            "address"_a, ReleaseGil())
        .def("protect", &Process::protect, "address"_a, "size"_a, "protection"_a, ReleaseGil())
        .def("restore", &Process::restore, "before"_a, ReleaseGil())
        .def("counters", [](Process& process) {
            const auto counters = [&] {
                const py::gil_scoped_release without_gil;
                return process.counters();
            }();
            return py::make_tuple(counters.working_set, counters.peak_working_set,
                                  counters.private_working_set, counters.private_bytes,
                                  counters.commit, counters.peak_commit, counters.shared_commit,
                                  counters.virtual_size, counters.peak_virtual_size,
                                  counters.paged_pool, counters.nonpaged_pool, counters.faults);
        });
}

}  // namespace ntpages
