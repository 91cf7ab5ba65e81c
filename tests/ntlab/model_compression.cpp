// model_compression: the store of compressed pages, class 109. Sources: phnt, ntexapi.h; for codes
// and their order, readings of ntoskrnl.exe. Where a length or a version of an answer is refused,
// the code is assumed.
#include <array>
#include <cstdint>
#include <cstring>

#include "model_privileges.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr Status status_revision_mismatch = status(0xC0000059);
constexpr Status status_invalid_buffer_size = status(0xC0000206);
constexpr Status status_not_found = status(0xC0000225);

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::uint32_t pid = 0;    // of the store, 0 where there is none
constinit std::uint64_t pages = 0;  // that are stored
constinit bool newer = false;       // 24H2, whose answer is longer
constinit std::uint32_t trims = 0;

void reset() noexcept {
    const Locked locked(lock);
    pid = 2288;
    pages = 1'500'000;
    newer = false;
    trims = 0;
}

struct Question {  // SYSTEM_STORE_INFORMATION
    ULONG version, kind;
    void* data;
    ULONG length;
};
static_assert(sizeof(Question) == 24);

Status read_question(const void* buffer, ULONG length, Question& asked) {
    if (length < sizeof asked) return status_invalid_buffer_size;
    if (length != sizeof asked) return status_info_length_mismatch;
    if (!buffer) return status_access_violation;
    std::memcpy(&asked, buffer, sizeof asked);
    return asked.version == 1 ? status_success : status_revision_mismatch;
}

struct Sizes {  // SM_STORE_COMPRESSION_INFORMATION_REQUEST; 40 bytes before 24H2
    ULONG version, pid, working_set;
    std::uint64_t data, compressed, unique;
    HANDLE partition;
};
static_assert(sizeof(Sizes) == 48);

constexpr std::uint64_t page = 4096;

Status tell_sizes(const Question& asked) {
    const ULONG size = newer ? 48 : 40;
    const ULONG version = newer ? 4 : 3;
    if (asked.length != size) return status_info_length_mismatch;
    if (!asked.data) return status_access_violation;
    Sizes sizes{};
    std::memcpy(&sizes, asked.data, size);
    if ((sizes.version & 0xFF) != version) return status_revision_mismatch;
    if (sizes.version >> 8 != 0 || sizes.partition) return status_invalid_parameter;
    sizes.pid = pid;
    sizes.data = pages * page;
    sizes.compressed = sizes.data / 3;
    sizes.unique = sizes.data - sizes.data / 10;
    sizes.working_set = static_cast<ULONG>(sizes.compressed + 64 * page);  // wraps
    std::memcpy(asked.data, &sizes, size);
    return status_success;
}

// What everybody may ask for, and of that the one class that is modelled.
Status query(void* buffer, ULONG length, ULONG* returned) {
    constexpr ULONG for_everybody = 0x1C02124;
    constexpr ULONG sizes = 22;
    Question asked{};
    *returned = 0;
    const auto answer = read_question(buffer, length, asked);
    if (answer != status_success) return answer;
    const auto open = asked.kind < 32 && (for_everybody >> asked.kind & 1) != 0;
    if (!open && !privilege_enabled(profile_single_process)) return status_access_denied;
    if (asked.kind != sizes) return status_invalid_info_class;
    const Locked locked(lock);
    return tell_sizes(asked);
}

Status set(void* buffer, ULONG length) {
    constexpr ULONG trim = 21;  // is set, never queried, whatever some tools do
    Question asked{};
    const auto answer = read_question(buffer, length, asked);
    if (answer != status_success) return answer;
    if (!privilege_enabled(profile_single_process)) return status_access_denied;
    if (asked.kind != trim) return status_invalid_info_class;
    struct {
        std::uint32_t version, padding;
        std::uint64_t pages;
    } wanted{};
    if (asked.length != sizeof wanted) return status_info_length_mismatch;
    if (!asked.data) return status_access_violation;
    std::memcpy(&wanted, asked.data, sizeof wanted);
    if ((wanted.version & 0xFF) != 1) return status_revision_mismatch;
    if (wanted.version >> 8 != 0 || wanted.pages == 0) return status_invalid_parameter;
    const Locked locked(lock);
    if (pid == 0) return status_not_found;
    pages -= wanted.pages < pages ? wanted.pages : pages;
    ++trims;
    return status_success;
}

const SystemClass classes[] = {{109, &query, &set, false}};
const Model model{"compression", &reset, {}, classes, "privileges"};

}  // namespace
}  // namespace ntlab

extern "C" {

__declspec(dllexport) void compression_store(std::uint32_t pid, std::uint64_t pages, int is_newer) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::pid = pid;
    ntlab::pages = pages;
    ntlab::newer = is_newer != 0;
}

__declspec(dllexport) std::uint32_t compression_trims() {
    const ntlab::Locked locked(ntlab::lock);
    return ntlab::trims;
}

}  // extern "C"
