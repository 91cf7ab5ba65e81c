// physical/compression: the store that keeps pages compressed instead of writing them out.
#include "native/physical/compression.hpp"

#include "native/error.hpp"
#include "native/physical/nt.hpp"
#include "native/physical/nt_store.hpp"

namespace ntpages {
namespace {

nt::StoreInformation ask(ULONG kind, void* data, ULONG size) {
    nt::StoreInformation question{};
    question.version = nt::store_version;
    question.kind = kind;
    question.data = data;
    question.length = size;
    return question;
}

// How a Windows may say that it knows another form of the answer: by its length, or its version.
bool is_of_other_form(Status status) noexcept {
    return status == nt::status_info_length_mismatch || status == nt::status_invalid_parameter ||
           status == nt::status_invalid_buffer_size || status == nt::status_revision_mismatch;
}

struct Form {
    ULONG version, size;
};
constexpr Form forms[]{{nt::compression_version, nt::compression_size},
                       {nt::compression_version_first, nt::compression_size_first}};

}  // namespace

// The newer form first: it has a partition, which is left at the system's own.
StoreSizes query_store() {
    constexpr auto call = "NtQuerySystemInformation";
    nt::StoreCompression found{};
    Status status = 0;
    for (const auto& form : forms) {
        found = {};
        found.version = form.version;
        auto question = ask(nt::store_compression, &found, form.size);
        status = nt::query_system_information(nt::system_store_information, &question,
                                              sizeof(question), nullptr);
        if (!is_of_other_form(status)) break;
    }
    check_status(status, call);
    StoreSizes sizes{};
    sizes.pid = found.pid;
    sizes.working_set = found.working_set;
    sizes.data = found.data;
    sizes.compressed = found.compressed;
    sizes.unique = found.unique;
    return sizes;
}

// A matter of setting: asked as a question it can't work.
void trim_store(std::uint64_t pages) {
    nt::StoreTrim trim{};
    trim.version = nt::store_trim_version;
    trim.pages = pages;
    auto question = ask(nt::store_trim, &trim, sizeof(trim));
    check_status(
        nt::set_system_information(nt::system_store_information, &question, sizeof(question)),
        "NtSetSystemInformation");
}

}  // namespace ntpages
