// heaps/remote: the heaps of any process, asked for on a thread that may be given up.
#include "native/heaps/remote.hpp"

#include <tlhelp32.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>

#include "native/heaps/entries.hpp"
#include "native/heaps/nt.hpp"
#include "native/heaps/snapshot.hpp"
#include "native/lock.hpp"
#include "native/processes/process.hpp"
#include "native/system/memory.hpp"

namespace ntpages {

// What is asked and what came of it, shared by the one who waits and the thread that asks: nothing
// can stop a query that hangs, so that thread may outlive all interest in it.
struct HeapQuery::Job {
    Job(DWORD id, HeapMethod how, bool with_blocks, bool of_clone) noexcept
        : pid(id), method(how), blocks(with_blocks), clone(of_clone) {}

    const DWORD pid;
    const HeapMethod method;
    const bool blocks;
    const bool clone;

    std::atomic<bool> abandoned{false};
    SlimLock lock;            // for the next one
    HANDLE cloned = nullptr;  // while there is a clone; ending it ends a query that hangs

    std::exception_ptr error;
    std::vector<ProcessHeap> heaps;
    std::optional<Table> entries;
    std::uint64_t room = 0;     // bytes of address space that the process has ever had in use
    std::uint64_t corrupt = 0;  // the heap with a block that is larger, where the answer ends
};

namespace {

using Job = HeapQuery::Job;

constexpr Field entry_fields[] = {
    {"heap", Kind::u64},
    {"address", Kind::u64},
    {"size", Kind::u64},
    {"overhead", Kind::u16},
    {"flags", Kind::u16},
    {"region", Kind::u32},
    {"kind", Kind::u8, entry_kinds},
};

// ---- The clone --------------------------------------------------------------------------------

// A copy of the target without its threads: whatever the query does, it does to that. It is always
// ended, here or by whoever loses patience.
class Clone {
public:
    Clone(Job& job, HANDLE target) : job_(job) {
        nt::ProcessReflection made{};
        check_status(nt::create_process_reflection(target, nt::reflection_inherit_handles, nullptr,
                                                   nullptr, nullptr, &made),
                     "RtlCreateProcessReflection");
        process_.reset(made.process);
        thread_.reset(made.thread);
        const std::scoped_lock guard(job_.lock);
        job_.cloned = process_.get();
    }
    ~Clone() {
        const std::scoped_lock guard(job_.lock);
        job_.cloned = nullptr;
        TerminateProcess(process_.get(), 0);
    }
    Clone(const Clone&) = delete;
    Clone& operator=(const Clone&) = delete;

    [[nodiscard]] DWORD pid() const { return check(GetProcessId(process_.get()), "GetProcessId"); }

private:
    Job& job_;
    Handle process_;
    Handle thread_;
};

// ---- The debug buffer -------------------------------------------------------------------------

class DebugBuffer {
public:
    explicit DebugBuffer(ULONG size) {
        // Asked before there is anything to destroy: a destructor can't say what is missing.
        if (!nt::destroy_query_debug_buffer) throw Missing("RtlDestroyQueryDebugBuffer");
        memory_ = nt::create_query_debug_buffer(size, BOOLEAN{0});
        if (!memory_) fail("RtlCreateQueryDebugBuffer", ERROR_NOT_ENOUGH_MEMORY);
        birth_ = header();
    }
    // The target has the same memory. What it may have changed must not tell ntdll which handle to
    // close and what to unmap: then the buffer is left where it is.
    ~DebugBuffer() {
        if (header() == birth_) nt::destroy_query_debug_buffer(memory_);
    }
    DebugBuffer(const DebugBuffer&) = delete;
    DebugBuffer& operator=(const DebugBuffer&) = delete;

    [[nodiscard]] void* get() const noexcept { return memory_; }

    // The bytes there are, as the memory manager knows them.
    [[nodiscard]] std::span<const std::byte> bytes() const {
        const auto* const begin = static_cast<const std::byte*>(memory_);
        const auto* end = begin;
        MEMORY_BASIC_INFORMATION span{};
        const void* allocation = nullptr;
        for (;;) {
            check(VirtualQuery(end, &span, sizeof(span)), "VirtualQuery");
            if (!allocation) allocation = span.AllocationBase;
            const auto readable = span.State == MEM_COMMIT && span.Protect == PAGE_READWRITE;
            if (!readable || span.AllocationBase != allocation) return {begin, end};
            end = static_cast<const std::byte*>(span.BaseAddress) + span.RegionSize;
        }
    }

private:
    struct Header {
        HANDLE section;
        void* base;
        bool operator==(const Header&) const = default;
    };
    [[nodiscard]] Header header() const noexcept {
        Header now;
        std::memcpy(&now, memory_, sizeof(now));
        return now;
    }

    void* memory_ = nullptr;
    Header birth_{};
};

// Reads the buffer into the job's answer. Nothing in it is trusted: see HeapSnapshot.
void understand(Job& job, const DebugBuffer& buffer) {
    const auto base = reinterpret_cast<std::uintptr_t>(buffer.get());
    const HeapSnapshot snapshot(buffer.bytes(), base);
    auto verdict = snapshot.verdict();
    // Wine 10 points to a list without heaps that lies elsewhere.
    if (verdict == HeapSnapshot::Verdict::damaged && has_heap_stubs()) {
        verdict = HeapSnapshot::Verdict::no_heaps;
    }
    switch (verdict) {
        case HeapSnapshot::Verdict::complete:
            break;
        case HeapSnapshot::Verdict::no_heaps:  // a suspended app, or Wine
            fail("RtlQueryProcessDebugInformation", ERROR_NOT_SUPPORTED,
                 "it succeeded, but told of no heaps");
        case HeapSnapshot::Verdict::damaged:
        case HeapSnapshot::Verdict::ambiguous:
            fail("RtlQueryProcessDebugInformation", ERROR_INVALID_DATA,
                 "the heaps it told of make no sense");
    }
    Rows<entry_fields> rows(snapshot.entries());
    std::uint16_t overhead = 0;
    std::uint64_t busy = 0;
    std::uint64_t committed = 0;
    snapshot.read(
        [&](const HeapRecord& heap) {
            overhead = heap.overhead;
            busy = committed = 0;
            job.heaps.push_back({{},
                                 heap.address,
                                 {},
                                 static_cast<heap_flag::Flag>(heap.flags),
                                 heap.allocated,
                                 heap.committed,
                                 0});
            return true;
        },
        [&](const HeapEntryRecord& entry) {
            auto& heap = job.heaps.back();
            const auto kind = kind_of(entry.flags);
            if (kind != EntryKind::region && entry.size > job.room) {
                job.corrupt = heap.address;
                return false;
            }
            if (kind == EntryKind::busy) {
                ++heap.blocks;
                busy += entry.size;
            }
            committed += entry.committed;
            // What Windows counts as it goes may lag behind what there is.
            heap.allocated = std::max(heap.allocated, busy);
            heap.committed = std::max(heap.committed, committed);
            return rows.append(entry.heap, entry.address, entry.size, overhead, entry.flags,
                               entry.segment, static_cast<std::uint8_t>(kind));
        });
    job.entries = rows.finish("heap entries");
}

void query(Job& job, DWORD pid) {
    const ULONG flags = nt::query_heap_summary | nt::query_noninvasive |
                        (job.blocks ? nt::query_heap_entries : nt::query_heap_segments);
    constexpr ULONG most = 0x80000000;
    for (ULONG size = job.blocks ? 4 << 20 : 64 << 10;; size *= 2) {
        const DebugBuffer buffer(size);
        const auto status = nt::query_process_debug_information(
            reinterpret_cast<HANDLE>(std::uintptr_t{pid}), flags, buffer.get());
        if (status == nt::status_no_memory && size < most && !job.abandoned) continue;
        if (status < 0 && has_exited(job.pid)) {
            throw NoSuchProcess("RtlQueryProcessDebugInformation", job.pid, ERROR_SUCCESS);
        }
        check_status(status, "RtlQueryProcessDebugInformation");
        return understand(job, buffer);
    }
}

// ---- Toolhelp ---------------------------------------------------------------------------------

// Windows refuses with ERROR_BAD_LENGTH while the target changes what is being listed, and says to
// ask again until it does not. Source: CreateToolhelp32Snapshot (tlhelp32.h).
Handle take_snapshot(const Job& job) {
    constexpr auto most = 20;
    for (auto attempt = 1;; ++attempt) {
        auto snapshot = own(CreateToolhelp32Snapshot(TH32CS_SNAPHEAPLIST, job.pid));
        if (snapshot) return snapshot;
        const auto code = GetLastError();
        if (code != ERROR_BAD_LENGTH || attempt == most || job.abandoned) {
            fail("CreateToolhelp32Snapshot", code, "pid " + std::to_string(job.pid));
        }
        Sleep(1);
    }
}

// One full query of the target by Windows for every block: for comparison, and where nothing else
// works.
void ask_toolhelp(Job& job) {
    if (has_heap_stubs()) throw Missing("Heap32First");
    const auto snapshot = take_snapshot(job);
    const auto more = [](BOOL found, const char* call) {
        if (found) return true;
        const auto code = GetLastError();
        if (code != ERROR_NO_MORE_FILES) fail(call, code);
        return false;
    };
    Rows<entry_fields> rows;
    HEAPLIST32 heap{};
    heap.dwSize = sizeof(heap);
    for (auto found = more(Heap32ListFirst(snapshot.get(), &heap), "Heap32ListFirst"); found;
         found =
             job.corrupt == 0 && more(Heap32ListNext(snapshot.get(), &heap), "Heap32ListNext")) {
        auto& known = job.heaps.emplace_back();
        known.address = heap.th32HeapID;
        if (!job.blocks) continue;
        HEAPENTRY32 block{};
        block.dwSize = sizeof(block);
        for (auto next = more(Heap32First(&block, job.pid, heap.th32HeapID), "Heap32First");
             next && !job.abandoned; next = more(Heap32Next(&block), "Heap32Next")) {
            if (block.dwBlockSize > job.room) {
                job.corrupt = known.address;
                break;
            }
            const auto busy = (block.dwFlags & LF32_FREE) == 0;
            const auto kind = busy ? EntryKind::busy : EntryKind::free;
            if (busy) {
                ++known.blocks;
                known.allocated += block.dwBlockSize;
            }
            rows.append(known.address, block.dwAddress, block.dwBlockSize, 0,
                        busy ? std::uint16_t{heap_entry::busy} : std::uint16_t{0}, 0,
                        static_cast<std::uint8_t>(kind));
        }
    }
    job.entries = rows.finish("heap entries");
}

// ---- The job ----------------------------------------------------------------------------------

// Where an NT heap's header has the type of its front end: no two versions agree, and Wine has
// none. Source: System Informer, which reads it there.
std::optional<std::uint64_t> front_end_place() {
    const auto windows = query_version();
    if (windows.wine) return {};
    if (windows.build >= 10240) return 0x1A2;  // Windows 10 and 11
    if (windows.build == 9600) return 0x17A;   // Windows 8.1
    return {};
}

// What a heap's own header says, as far as its layout is known. Source: phnt.
std::optional<HeapKind> kind_at(HANDLE process, std::uint64_t heap,
                                std::optional<std::uint64_t> front_end_place) noexcept {
    constexpr std::uint8_t low_fragmentation = 2;
    std::uint32_t signature = 0;
    std::uint8_t front_end = 0;
    const auto at = [&](std::uint64_t offset, auto& value) {
        const auto* const address = reinterpret_cast<const void*>(heap + offset);
        return ReadProcessMemory(process, address, &value, sizeof(value), nullptr) != FALSE;
    };
    if (!at(0x10, signature)) return {};
    if (signature == 0xDDEEDDEE) return HeapKind::segment;
    if (signature != 0xFFEEFFEE || !front_end_place) return {};
    if (!at(*front_end_place, front_end)) return {};
    return front_end == low_fragmentation ? HeapKind::low_fragmentation : HeapKind::nt;
}

void require_64_bit(const Job& job, HANDLE target) {
    BOOL emulated = FALSE;
    check(IsWow64Process(target, &emulated), "IsWow64Process");
    if (!emulated) return;
    fail("RtlQueryProcessDebugInformation", ERROR_NOT_SUPPORTED,
         "process " + std::to_string(job.pid) +
             " is a 32-bit one: Windows tells of its heaps to 32-bit programs only");
}

void run(Job& job) {
    const DWORD cloning = PROCESS_CREATE_THREAD | PROCESS_VM_OPERATION | PROCESS_DUP_HANDLE;
    const auto target =
        open_process(job.pid, PROCESS_QUERY_LIMITED_INFORMATION | (job.clone ? cloning : DWORD{0}));
    require_64_bit(job, target.get());
    job.room = Process(job.pid).counters().peak_virtual_size;
    if (job.method == HeapMethod::toolhelp) {
        ask_toolhelp(job);
    } else if (job.clone) {
        const Clone clone(job, target.get());
        if (!job.abandoned) query(job, clone.pid());
    } else {
        query(job, job.pid);
    }
    // Not to be had everywhere: then the kinds stay unknown.
    const auto readable = own(OpenProcess(PROCESS_VM_READ, FALSE, job.pid));
    if (!readable) return;
    const auto place = front_end_place();
    for (auto& heap : job.heaps) heap.kind = kind_at(readable.get(), heap.address, place);
}

DWORD WINAPI run_in_thread(void* parameter) noexcept {
    const std::unique_ptr<std::shared_ptr<Job>> job(static_cast<std::shared_ptr<Job>*>(parameter));
    try {
        run(**job);
    } catch (...) {
        (*job)->error = std::current_exception();
    }
    return 0;
}

}  // namespace

HeapQuery::HeapQuery(DWORD pid, HeapMethod method, bool blocks, bool clone)
    : job_(std::make_shared<Job>(pid, method, blocks, clone)) {
    auto shared = std::make_unique<std::shared_ptr<Job>>(job_);
    thread_.reset(
        check(CreateThread(nullptr, 0, &run_in_thread, shared.get(), 0, nullptr), "CreateThread"));
    shared.release();  // the thread's now
}

bool HeapQuery::wait(DWORD milliseconds) const {
    const auto waited = WaitForSingleObject(thread_.get(), milliseconds);
    if (waited == WAIT_FAILED) fail("WaitForSingleObject");
    if (waited == WAIT_TIMEOUT) return false;
    if (job_->error) std::rethrow_exception(job_->error);
    return true;
}

const HeapQuery::Job& HeapQuery::done() const {
    if (!wait(0) || !job_->entries) throw std::logic_error("the query has no result");
    return *job_;
}

const std::vector<ProcessHeap>& HeapQuery::heaps() const {
    return done().heaps;
}

const Table& HeapQuery::entries() const {
    return *done().entries;
}

std::uint64_t HeapQuery::corrupt() const {
    return done().corrupt;
}

void HeapQuery::abandon() noexcept {
    job_->abandoned = true;
    const std::scoped_lock guard(job_->lock);
    if (job_->cloned) TerminateProcess(job_->cloned, 0);
}

}  // namespace ntpages
