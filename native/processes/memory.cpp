// processes/memory: reading, writing and changing the memory of a process.
#include <algorithm>
#include <limits>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "native/commit.hpp"
#include "native/processes/nt.hpp"
#include "native/processes/process.hpp"
#include "native/ranges.hpp"
#include "native/regions/nt.hpp"
#include "native/regions/prefetch.hpp"

namespace ntpages {
namespace {

constexpr std::size_t stride = 256 * page_size;

void* pointer(std::uint64_t address) {
    return reinterpret_cast<void*>(address);
}

std::string told(DWORD pid, std::uint64_t address, std::size_t done, std::size_t wanted) {
    std::ostringstream words;
    words << "pid " << pid << ", " << done << " of " << wanted << " bytes at 0x" << std::hex
          << address;
    return words.str();
}

// The protection that lets these pages be written, the same one if they can be already.
DWORD writable(DWORD protection) noexcept {
    constexpr DWORD writing =
        PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    if ((protection & writing) != 0 && (protection & PAGE_GUARD) == 0) return protection;
    return executable(protection) ? for_a_while(PAGE_EXECUTE_READWRITE) : PAGE_READWRITE;
}

}  // namespace

bool copy_memory(HANDLE process, std::uint64_t address, std::span<std::byte> into) noexcept {
    return ReadProcessMemory(process, pointer(address), into.data(), into.size(), nullptr) != 0;
}

std::size_t Process::read(std::uint64_t address, std::span<std::byte> into, bool partial) {
    const Lease::Use use(lease_);
    const auto process = handle(Right::read);
    if (into.empty() || copy_memory(process, address, into)) return into.size();

    // Windows copies in pieces of its own and gives no exact count: find the first bad page.
    const auto code = GetLastError();
    auto done = std::size_t{0};
    for (const auto step : {stride, page_size}) {
        while (done < into.size()) {
            const auto size =
                std::min<std::size_t>(step - (address + done) % step, into.size() - done);
            if (!copy_memory(process, address + done, into.subspan(done, size))) break;
            done += size;
        }
    }
    if (done == into.size()) return done;
    if (has_exited(pid_)) throw NoSuchProcess("ReadProcessMemory", pid_, code);
    if (!partial) fail("ReadProcessMemory", code, told(pid_, address, done, into.size()));
    return done;
}

void Process::write(std::uint64_t address, std::span<const std::byte> from, bool unprotect) {
    const Lease::Use use(lease_);
    const auto process = handle(Right::write);
    if (from.empty()) return;
    std::vector<ProtectedRange> before;
    if (unprotect) {
        const std::scoped_lock lock(layout_);
        before = change(address, from.size(), writable);
    }

    SIZE_T written = 0;
    const auto done =
        WriteProcessMemory(process, pointer(address), from.data(), from.size(), &written);
    const auto code = done ? ERROR_SUCCESS : GetLastError();
    if (!done && has_exited(pid_)) throw NoSuchProcess("WriteProcessMemory", pid_, code);
    if (unprotect) {
        FlushInstructionCache(process, pointer(address), from.size());
        const std::scoped_lock lock(layout_);
        put_back(std::move(before));
    }
    if (done) return;
    if (code != ERROR_PARTIAL_COPY) written = 0;  // Windows left it unset
    fail("WriteProcessMemory", code, told(pid_, address, written, from.size()));
}

std::uint64_t Process::allocate(const Request& request) {
    const Lease::Use use(lease_);
    const Space space{handle(Right::operate), [this] { return handle(Right::query); }};
    try {
        const auto got = reinterpret_cast<std::uint64_t>(allocate_in(space, request));
        if ((request.type & MEM_COMMIT) != 0) forget_owed(got, request.size);
        return got;
    } catch (const Error& error) {
        if (has_exited(pid_)) throw NoSuchProcess(error.what(), pid_, error.code);
        if (!error.subject.empty()) throw;
        fail(error.what(), error.code, "pid " + std::to_string(pid_));
    }
}

void* Process::change_pages(std::uint64_t address, std::size_t size, DWORD type, DWORD protection) {
    const auto process = handle(Right::operate);
    return patiently(
        type, [&] { return VirtualAllocEx(process, pointer(address), size, type, protection); });
}

void Process::commit(std::uint64_t address, std::size_t size, DWORD protection) {
    const Lease::Use use(lease_);
    if (!change_pages(address, size, MEM_COMMIT, protection)) refuse(pid_, "VirtualAllocEx");
    forget_owed(address, size);
}

// Committing gives pages a protection: a later word on them.
void Process::forget_owed(std::uint64_t address, std::size_t size) {
    if (!owed_.any()) return;
    const std::scoped_lock lock(layout_);
    owed_.forget(whole_pages({address, size}));
}

void Process::reset(std::uint64_t address, std::size_t size) {
    const Lease::Use use(lease_);
    // The protection is ignored, and must be a valid one.
    if (!change_pages(address, size, MEM_RESET, PAGE_READWRITE)) refuse(pid_, "VirtualAllocEx");
}

bool Process::undo_reset(std::uint64_t address, std::size_t size) {
    const Lease::Use use(lease_);
    if (change_pages(address, size, nt::mem_reset_undo, PAGE_READWRITE)) return true;
    // "Busy" is how it says that it worked, but that pages had lost their contents.
    if (GetLastError() != ERROR_BUSY) refuse(pid_, "VirtualAllocEx");
    return false;
}

void Process::lock(std::uint64_t address, std::size_t size) {
    const Lease::Use use(lease_);
    auto* start = pointer(address);
    SIZE_T length = size;
    check_of_process(
        nt::lock_virtual_memory(handle(Right::operate), &start, &length, nt::map_process),
        "NtLockVirtualMemory");
}

void Process::unlock(std::uint64_t address, std::size_t size) {
    const Lease::Use use(lease_);
    auto* start = pointer(address);
    SIZE_T length = size;
    check_of_process(
        nt::unlock_virtual_memory(handle(Right::operate), &start, &length, nt::map_process),
        "NtUnlockVirtualMemory");
}

void Process::check_of_process(Status status, const char* call) const {
    if (status >= 0) return;
    if (has_exited(pid_)) throw NoSuchProcess(call, pid_, ERROR_SUCCESS);
    fail_status(call, status, "pid " + std::to_string(pid_));
}

void Process::prefetch(std::span<const Range> ranges) {
    const Lease::Use use(lease_);
    if (!prefetch_ranges(handle(Right::prefetch), ranges)) refuse(pid_, "PrefetchVirtualMemory");
}

void Process::free(std::uint64_t address, std::size_t size, DWORD type) {
    const Lease::Use use(lease_);
    if (!VirtualFreeEx(handle(Right::operate), pointer(address), size, type)) {
        refuse(pid_, "VirtualFreeEx");
    }
    if (owed_.any()) {
        const std::scoped_lock lock(layout_);
        forget_freed();
    }
}

DWORD Process::protect(std::uint64_t address, std::size_t size, DWORD protection) {
    const auto before = begin_protecting(address, size, protection);
    return before.empty() ? 0 : before.front().old;
}

std::vector<ProtectedRange> Process::begin_protecting(std::uint64_t address, std::size_t size,
                                                      DWORD protection) {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    return change(address, size, [=](DWORD) { return protection; });
}

void Process::end_protecting(std::vector<ProtectedRange> before) {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    put_back(std::move(before));
}

// VirtualProtectEx tells the old protection of the first page alone: so one call per span.
template <typename Wanted>
std::vector<ProtectedRange> Process::change(std::uint64_t address, std::size_t size,
                                            Wanted wanted) {
    const auto process = handle(Right::operate);
    settle();
    std::vector<ProtectedRange> before;
    if (size > std::numeric_limits<std::uint64_t>::max() - address) {
        refuse(pid_, "VirtualProtectEx", ERROR_INVALID_ADDRESS);
    }
    const auto end = address + size;
    for (auto at = address; at < end;) {
        MEMORY_BASIC_INFORMATION found;
        auto code = DWORD{ERROR_INVALID_ADDRESS};
        if (find(at, found) && found.State == MEM_COMMIT) {
            const auto region_end =
                reinterpret_cast<std::uint64_t>(found.BaseAddress) + found.RegionSize;
            const auto part =
                static_cast<std::size_t>(std::min<std::uint64_t>(end, region_end) - at);
            const auto protection = wanted(found.Protect);
            auto old = found.Protect;
            if (protection == old ||
                VirtualProtectEx(process, pointer(at), part, protection, &old)) {
                before.push_back({{at, part}, old});
                at += part;
                continue;
            }
            code = GetLastError();
        }
        put_back(owed_.due(before));
        refuse(pid_, "VirtualProtectEx", code);
    }
    before = owed_.due(before);
    owed_.forget(whole_pages({address, size}));
    return before;
}

void Process::put_back(std::vector<ProtectedRange> before) {
    try {
        const auto process = handle(Right::operate);
        undo_all(before, [&](const ProtectedRange& each) {
            DWORD ignored;
            if (!VirtualProtectEx(process, pointer(each.range.offset), each.range.size,
                                  for_a_while(each.old), &ignored)) {
                refuse(pid_, "VirtualProtectEx");
            }
            owed_.forget(each.range);
        });
    } catch (...) {
        owed_.add(before);
        throw;
    }
}

void Process::settle() noexcept {
    if (!owed_.any()) return;
    try {
        forget_freed();
        put_back(owed_.take());
    } catch (const std::exception&) {  // refused still, or exited
    }
}

// What is allocated there later is somebody else's.
void Process::forget_freed() {
    const auto process = handle(Right::query);
    auto owed = owed_.take();
    std::erase_if(owed, [&](const ProtectedRange& each) {
        MEMORY_BASIC_INFORMATION found;
        return VirtualQueryEx(process, pointer(each.range.offset), &found, sizeof(found)) != 0 &&
               found.State != MEM_COMMIT;
    });
    owed_.add(owed);
}

ProtectedMemory::~ProtectedMemory() {
    try {
        leave();
    } catch (const std::exception&) {  // closed, exited, or the process owes it
    }
}

void ProtectedMemory::enter() {
    const std::scoped_lock lock(turn_);
    if (!before_.empty()) throw std::logic_error("the block is entered already");
    before_ = process_.begin_protecting(address_, size_, protection_);
}

void ProtectedMemory::leave() {
    const std::scoped_lock lock(turn_);
    if (!before_.empty()) process_.end_protecting(std::exchange(before_, {}));
}

bool Process::query(std::uint64_t address, MEMORY_BASIC_INFORMATION& found) {
    const Lease::Use use(lease_);
    return find(address, found);
}

bool Process::find(std::uint64_t address, MEMORY_BASIC_INFORMATION& found) {
    if (address > highest_address()) return false;
    if (VirtualQueryEx(handle(Right::query), pointer(address), &found, sizeof(found)) == 0) {
        refuse(pid_, "VirtualQueryEx");
    }
    return true;
}

}  // namespace ntpages
