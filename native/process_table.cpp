// process_table: the layout of SystemProcessInformation, and how it is walked.
#include "process_table.hpp"

#include <stdexcept>

#include "answer.hpp"

namespace ntmem {
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

// In a full table SYSTEM_PROCESS_INFORMATION_EXTENSION follows the threads.
constexpr std::size_t full_thread_size = 136;
constexpr std::size_t extension_size = 368;
constexpr std::size_t shared_commit_offset = 344;

std::uint64_t shared_commit_of(const Record& record, std::span<const std::byte> entry) {
    const auto extension = sizeof(Record) + std::uint64_t{record.threads} * full_thread_size;
    if (extension + extension_size > entry.size()) return 0;
    return value_at<std::uint64_t>(entry, extension + shared_commit_offset);
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
        entries.push_back({
            .pid = static_cast<std::uint32_t>(record.pid),
            .parent = static_cast<std::uint32_t>(record.parent),
            .session = record.session,
            .threads = record.threads,
            .handles = record.handles,
            .name = text_in(written, base, record.name, record.name_length),
            .working_set = record.working_set,
            .private_working_set = record.private_working_set,
            .peak_working_set = record.peak_working_set,
            .private_bytes = record.private_bytes,
            .commit = record.commit,
            .peak_commit = record.peak_commit,
            .virtual_size = record.virtual_size,
            .paged_pool = record.paged_pool,
            .nonpaged_pool = record.nonpaged_pool,
            .shared_commit = kind == TableKind::full ? shared_commit_of(record, entry) : 0,
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

}  // namespace ntmem
