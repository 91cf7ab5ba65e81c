// processes/records: the layout of SystemProcessInformation, and how it is walked.
#include "native/processes/records.hpp"

#include <algorithm>
#include <stdexcept>

#include "native/answer.hpp"

namespace ntpages {
namespace {

// Source: System Informer phnt, ntexapi.h, SYSTEM_PROCESS_INFORMATION without its threads.
struct Record {
    std::uint32_t next;  // bytes to the next record, 0 in the last
    std::uint32_t threads;
    std::uint64_t private_working_set;
    std::uint32_t hard_faults;
    std::uint32_t most_threads;
    std::uint64_t cycles;
    std::uint64_t created;
    std::uint64_t user_time;
    std::uint64_t kernel_time;
    std::uint16_t name_length;  // bytes
    std::uint16_t name_maximum;
    std::uint32_t name_padding;
    std::uint64_t name;  // address
    std::uint32_t base_priority;
    std::uint32_t priority_padding;
    std::uint64_t pid;
    std::uint64_t parent;
    std::uint32_t handles;
    std::uint32_t session;
    std::uint64_t key;
    std::uint64_t peak_virtual_size;
    std::uint64_t virtual_size;
    std::uint32_t faults;
    std::uint32_t faults_padding;
    std::uint64_t peak_working_set;
    std::uint64_t working_set;
    std::uint64_t peak_paged_pool;
    std::uint64_t paged_pool;
    std::uint64_t peak_nonpaged_pool;
    std::uint64_t nonpaged_pool;
    std::uint64_t commit;
    std::uint64_t peak_commit;
    std::uint64_t private_bytes;
    std::uint64_t io_counters[6];
};
static_assert(sizeof(Record) == 256 && offsetof(Record, name) == 64 &&
              offsetof(Record, pid) == 80 && offsetof(Record, session) == 100 &&
              offsetof(Record, faults) == 128 && offsetof(Record, working_set) == 144 &&
              offsetof(Record, commit) == 184 && offsetof(Record, private_bytes) == 200);

// In a full table SYSTEM_PROCESS_INFORMATION_EXTENSION follows the threads. It has grown in its
// middle: shared commit is at 216 of 232 bytes in Windows 10 1607 (and Server 2016), and at 344 of
// 360 or 368 since. Nothing says how large it is, but what lies behind it begins where it ends: an
// account's SID, a package's name, the program's path. Sources: phnt; ntdiff, from 1607's symbols.
constexpr std::size_t full_thread_size = 136;
constexpr std::size_t user_offset = 52;
constexpr std::size_t package_offset = 56;
constexpr std::size_t old_size = 232;
constexpr std::size_t old_shared_commit_offset = 216;
constexpr std::size_t new_shared_commit_offset = 344;

// How many bytes the extension can have at most. `start` is where it begins in the entry, `name`
// where the program's name begins.
std::size_t room_of_extension(std::span<const std::byte> entry, std::size_t start,
                              std::uint64_t name) {
    auto room = entry.size() - start;
    const auto bound = [&](std::uint64_t end) {
        if (end >= old_size) room = static_cast<std::size_t>(std::min<std::uint64_t>(room, end));
    };
    for (const auto offset : {user_offset, package_offset}) {
        const auto told = std::uint64_t{value_at<std::uint32_t>(entry, start + offset)};
        // Counted from the extension or from the entry: readers of this table differ about it.
        bound(told >= start + old_size ? told - start : told);
    }
    if (name >= start) bound(name - start);
    return room;
}

std::uint64_t shared_commit_of(const Record& record, std::span<const std::byte> entry,
                               std::uint64_t address) {
    const auto start = sizeof(Record) + std::uint64_t{record.threads} * full_thread_size;
    if (start + old_size > entry.size()) return 0;
    const auto room = room_of_extension(entry, start, record.name - address);
    const auto is_new = room >= new_shared_commit_offset + sizeof(std::uint64_t);
    return value_at<std::uint64_t>(
        entry, start + (is_new ? new_shared_commit_offset : old_shared_commit_offset));
}

// The full table has the program's path in the kernel's words ("\\Device\\..."), the plain one its
// name. What is no program (the registry, the memory compression) has a name in both.
std::u16string_view file_of(std::u16string_view path) {
    const auto backslash = path.rfind(u'\\');
    return backslash == std::u16string_view::npos ? path : path.substr(backslash + 1);
}

}  // namespace

std::vector<ProcessEntry> read_process_table(std::span<const std::byte> written, std::uint64_t base,
                                             TableKind kind) {
    std::vector<ProcessEntry> entries;
    for (auto rest = written; !rest.empty();) {
        if (rest.size() < sizeof(Record))
            throw std::runtime_error("the process table is cut short");
        const auto record = value_at<Record>(rest, 0);
        const auto last = record.next == 0;
        if (!last && (record.next < sizeof(Record) || record.next > rest.size())) {
            throw std::runtime_error("a record of the process table has a false length");
        }
        const auto entry = last ? rest : rest.first(record.next);
        const auto address = base + static_cast<std::uint64_t>(rest.data() - written.data());
        entries.push_back({
            .pid = static_cast<std::uint32_t>(record.pid),
            .parent = static_cast<std::uint32_t>(record.parent),
            .session = record.session,
            .threads = record.threads,
            .handles = record.handles,
            .name = file_of(text_in(written, base, record.name, record.name_length)),
            .working_set = record.working_set,
            .private_working_set = record.private_working_set,
            .peak_working_set = record.peak_working_set,
            .private_bytes = record.private_bytes,
            .commit = record.commit,
            .peak_commit = record.peak_commit,
            .virtual_size = record.virtual_size,
            .paged_pool = record.paged_pool,
            .nonpaged_pool = record.nonpaged_pool,
            .shared_commit = kind == TableKind::full ? shared_commit_of(record, entry, address) : 0,
            .faults = record.faults,
            .hard_faults = record.hard_faults,
            .cycles = record.cycles,
            .cpu_time = record.user_time + record.kernel_time,
            .created = record.created,
        });
        rest = last ? std::span<const std::byte>{} : rest.subspan(record.next);
    }
    return entries;
}

}  // namespace ntpages
