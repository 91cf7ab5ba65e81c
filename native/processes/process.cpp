// processes/process: finding and opening them, and what they use.
#include "native/processes/process.hpp"

#include <exception>
#include <string>

#include "native/processes/listing.hpp"
#include "native/processes/nt.hpp"

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

std::uint64_t creation_of(HANDLE process) {
    FILETIME created{};
    FILETIME ended{};
    FILETIME kernel{};
    FILETIME user{};
    check(GetProcessTimes(process, &created, &ended, &kernel, &user), "GetProcessTimes");
    return std::uint64_t{created.dwHighDateTime} << 32 | created.dwLowDateTime;
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

Process::Process(DWORD pid) : pid_(pid) {
    try {
        handle(Right::look);  // from now on, the id can't come to name another process
    } catch (const Error&) {
        created_ = creation_of(pid);  // a few refuse even this, perhaps for now
    }
}

Process::~Process() {
    settle();
    drop_handles();
}

HANDLE Process::handle(Right right) {
    auto& kept = handles_[static_cast<std::size_t>(right)];
    if (const auto handle = kept.load(std::memory_order_acquire)) return handle;
    if (right != Right::look) handle(Right::look);
    auto opened = open(right);
    HANDLE other = nullptr;  // a thread that was faster
    if (!kept.compare_exchange_strong(other, opened.get(), std::memory_order_acq_rel)) return other;
    return opened.release();
}

// The first handle of all proves that the id is still that of the process that was meant. It is
// kept, and so is the id with it.
Handle Process::open(Right right) {
    auto opened = open_process(pid_, access_[static_cast<std::size_t>(right)]);
    if (right == Right::look && created_ != 0 && creation_of(opened.get()) != created_) {
        throw NoSuchProcess("OpenProcess", pid_, ERROR_SUCCESS);
    }
    return opened;
}

void Process::keep_id() {
    const Lease::Use use(lease_);
    handle(Right::look);
}

std::uint64_t Process::created() {
    const Lease::Use use(lease_);
    return creation_of(handle(Right::look));
}

void Process::drop_handles() noexcept {
    for (auto& kept : handles_) const Handle closing(kept.exchange(nullptr));
}

void Process::close() {
    std::exception_ptr refused;
    lease_.close([&] {
        try {
            if (owed_.any()) put_back(owed_.take());
        } catch (const NoSuchProcess&) {  // its memory went with it
        } catch (const std::exception&) {
            refused = std::current_exception();
        }
        owed_.clear();
        drop_handles();
    });
    if (refused) std::rethrow_exception(refused);
}

Counters Process::counters() {
    const Lease::Use use(lease_);
    const auto process = handle(Right::look);
    nt::VmCounters used{};
    auto status = nt::status_info_length_mismatch;
    for (const ULONG size : {112, 96}) {  // newer Windows tells more
        if (status != nt::status_info_length_mismatch) break;
        status =
            nt::query_information_process(process, nt::process_vm_counters, &used, size, nullptr);
    }
    // One that has exited still answers, with zeros or with its last numbers.
    if (has_exited(pid_)) throw NoSuchProcess("NtQueryInformationProcess", pid_, ERROR_SUCCESS);
    if (status < 0) {
        fail_status("NtQueryInformationProcess", status, "pid " + std::to_string(pid_));
    }
    return {{},
            used.working_set,
            used.peak_working_set,
            used.private_working_set,
            used.private_bytes,
            used.commit,
            used.peak_commit,
            used.shared_commit,
            used.virtual_size,
            used.peak_virtual_size,
            used.paged_pool,
            used.peak_paged_pool,
            used.nonpaged_pool,
            used.peak_nonpaged_pool,
            used.faults};
}

}  // namespace ntpages
