// processes/process: another process, for every room that looks into one.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "native/error.hpp"
#include "native/handle.hpp"
#include "native/lease.hpp"
#include "native/lock.hpp"
#include "native/owed.hpp"
#include "native/ranges.hpp"
#include "native/regions/request.hpp"
#include "native/table/table.hpp"

namespace ntpages {

// A handle with these rights and no others; one's own process needs none. Throws NoSuchProcess
// where the id names nobody.
Handle open_process(DWORD pid, DWORD access);

// When it was created, in units of 100 ns since 1601. Ids are given again, but not at the same
// time.
std::uint64_t creation_of(HANDLE process);

// Has it exited, though an open handle keeps its id from naming anybody else?
bool has_exited(DWORD pid) noexcept;

// For a call on a process that failed: throws NoSuchProcess if it has exited, else Error.
[[noreturn]] void refuse(DWORD pid, const char* call, DWORD code = GetLastError());

// Bytes of it, where all of them can be read.
bool copy_memory(HANDLE process, std::uint64_t address, std::span<std::byte> into) noexcept;

// The last address that a program can use.
std::uint64_t highest_address() noexcept;

// How much memory it uses.
struct Counters : Exposed {  // bytes; the shared and the private part are 0 before Windows 10
    std::uint64_t working_set, peak_working_set, private_working_set, private_bytes, commit,
        peak_commit, shared_commit, virtual_size, peak_virtual_size, paged_pool, peak_paged_pool,
        nonpaged_pool, peak_nonpaged_pool;
    std::uint32_t faults;  // a count
};

// Another process, or this one. A handle is opened for a right when it is first needed, and kept.
class Process : public Exposed {
public:
    explicit Process(DWORD pid);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] DWORD pid() const noexcept { return pid_; }
    [[nodiscard]] bool closed() const noexcept { return lease_.closed(); }
    void close();  // throws where a protection is refused still, when all else is done

    // Bytes from `address` on. With `partial`, as far as they can be read: returns how many those
    // are, and leaves what lies behind alone.
    std::size_t read(std::uint64_t address, std::span<std::byte> into, bool partial);
    // The pieces of `size` bytes at these addresses, one behind the other. Returns the numbers of
    // those that could not be read whole; they are zeros.
    std::vector<std::size_t> read_many(std::span<const std::uint64_t> addresses, std::size_t size,
                                       std::span<std::byte> into);
    // With `unprotect`, pages that are not writable are made so for as long as it takes.
    void write(std::uint64_t address, std::span<const std::byte> from, bool unprotect);

    std::uint64_t allocate(const Request& request);
    void commit(std::uint64_t address, std::size_t size, DWORD protection);
    // These two take whole pages only; the second answers whether they hold what they held.
    void reset(std::uint64_t address, std::size_t size);
    bool undo_reset(std::uint64_t address, std::size_t size);
    // `type` is what VirtualFreeEx calls it.
    void free(std::uint64_t address, std::size_t size, DWORD type);
    // The protection that the first page had before, or is owed.
    DWORD protect(std::uint64_t address, std::size_t size, DWORD protection);
    // For a block: what it has to put back, and putting it back. What Windows refuses is tried
    // again with every change and when the process is closed.
    std::vector<ProtectedRange> begin_protecting(std::uint64_t address, std::size_t size,
                                                 DWORD protection);
    void end_protecting(std::vector<ProtectedRange> before);
    void lock(std::uint64_t address, std::size_t size);
    void unlock(std::uint64_t address, std::size_t size);
    void prefetch(std::span<const Range> ranges);
    // False where the address is none that a program can use.
    bool query(std::uint64_t address, MEMORY_BASIC_INFORMATION& found);

    Counters counters();
    // When it was, as creation_of() tells.
    std::uint64_t created();
    // The programs and DLLs that are mapped into it.
    Table modules();

    // Makes sure that the id is still that of this process, and stays so until close().
    void keep_id();

private:
    // What a handle is for; each is opened with the least that its calls need.
    enum class Right : std::size_t { look, query, read, write, operate, prefetch };
    static constexpr std::array<DWORD, 6> access_{PROCESS_QUERY_LIMITED_INFORMATION,
                                                  PROCESS_QUERY_INFORMATION,
                                                  PROCESS_VM_READ,
                                                  PROCESS_VM_WRITE | PROCESS_VM_OPERATION,
                                                  PROCESS_VM_OPERATION,
                                                  PROCESS_QUERY_INFORMATION | PROCESS_VM_OPERATION};

    HANDLE handle(Right right);
    Handle open(Right right);
    void drop_handles() noexcept;
    // As VirtualAllocEx does, with pages that are there.
    void* change_pages(std::uint64_t address, std::size_t size, DWORD type, DWORD protection);
    bool find(std::uint64_t address, MEMORY_BASIC_INFORMATION& found);
    template <typename Wanted>  // from the protection that pages have to the one they shall have
    std::vector<ProtectedRange> change(std::uint64_t address, std::size_t size, Wanted wanted);
    void put_back(std::vector<ProtectedRange> before);
    void settle() noexcept;
    void forget_freed();
    void forget_owed(std::uint64_t address, std::size_t size);
    void check_of_process(Status status, const char* call) const;

    DWORD pid_;
    std::uint64_t created_ = 0;  // known where no handle was to be had at first
    Lease lease_{"process"};
    std::array<std::atomic<HANDLE>, access_.size()> handles_{};
    SlimLock layout_;  // one change of protections at a time
    OwedProtections owed_;
};

// Memory that is protected otherwise for the length of a block: entered and left in one step each,
// and left when it is forgotten, where an interrupt kept Python from leaving it.
class ProtectedMemory : public Exposed {
public:
    ProtectedMemory(Process& process, std::uint64_t address, std::size_t size, DWORD protection)
        : process_(process), address_(address), size_(size), protection_(protection) {}
    ~ProtectedMemory();
    ProtectedMemory(const ProtectedMemory&) = delete;
    ProtectedMemory& operator=(const ProtectedMemory&) = delete;

    void enter();
    void leave();

private:
    Process& process_;
    const std::uint64_t address_;
    const std::size_t size_;
    const DWORD protection_;
    SlimLock turn_;  // to enter or to leave, one thread after the other
    std::vector<ProtectedRange> before_;
};

}  // namespace ntpages
