// system_information: NtQuerySystemInformation and NtSetSystemInformation, shared by the models:
// each offers classes by number; what none of them offers is asked of the system itself.
#include "ntlab.hpp"

namespace ntlab {
namespace {

const SystemClass* offered(ULONG number) noexcept {
    for (const auto* model = Model::first(); model; model = model->next()) {
        if (!model->active()) continue;
        if (const auto* const found = model->system_class(number)) return found;
    }
    return nullptr;
}

Status NTAPI query(ULONG number, void* buffer, ULONG length, ULONG* returned) {
    if (const auto* const found = offered(number)) {
        if (!found->query) return status_invalid_info_class;
        ULONG needed = 0;
        const auto answer = found->query(buffer, length, &needed);
        if (returned) *returned = needed;
        return answer;
    }
    static const auto system = real(&query, L"ntdll.dll", "NtQuerySystemInformation");
    return system(number, buffer, length, returned);
}

// Setting is never left to the system: Wine says yes to everything, and a test on real Windows
// that set a class without a model would change the machine.
Status NTAPI set(ULONG number, void* buffer, ULONG length) {
    const auto* const found = offered(number);
    return found && found->set ? found->set(buffer, length) : status_invalid_info_class;
}

const Service services[] = {
    {"ntdll.dll", "NtQuerySystemInformation", &query},
    {"ntdll.dll", "NtSetSystemInformation", &set},
};
const Model model{"system_information", [] {}, services};

}  // namespace
}  // namespace ntlab
