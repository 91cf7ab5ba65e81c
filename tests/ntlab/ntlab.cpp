// ntlab: the models there are, and the C functions that the Python door calls.
#include "ntlab.hpp"

#include <cstring>

#include "dispatch.hpp"
#include "hook.hpp"
#include "slots.hpp"

namespace ntlab {
namespace {

constinit const Model* models = nullptr;

// Functions that come and go with a model must be looked up again when it does.
void settle() noexcept {
    retarget();
    for (const auto& slot : slots()) {
        if (!slot.original) forget(slot);
    }
}

}  // namespace

Model::Model(const char* name_, void (*reset_)(), std::span<const Service> services_,
             std::span<const SystemClass> classes_, const char* needs_) noexcept
    : name(name_),
      reset(reset_),
      services(services_),
      classes(classes_),
      needs(needs_),
      next_(models) {
    models = this;
}

const Model* Model::first() noexcept {
    return models;
}

Function Model::service(const char* function) const noexcept {
    for (const auto& service : services) {
        if (std::strcmp(service.name, function) == 0) return service.function;
    }
    return nullptr;
}

const SystemClass* Model::system_class(ULONG number) const noexcept {
    for (const auto& offered : classes) {
        if (offered.number == number) return &offered;
    }
    return nullptr;
}

Function beyond(const char* name, Function mine) noexcept {
    auto passed = false;
    const char* dll = nullptr;
    for (const auto* model = models; model; model = model->next()) {
        for (const auto& service : model->services) {
            if (std::strcmp(service.name, name) != 0) continue;
            if (passed && model->active()) return service.function;
            passed = passed || service.function == mine;
            dll = service.dll;
        }
    }
    const auto module = dll ? GetModuleHandleA(dll) : nullptr;
    return module ? reinterpret_cast<Function>(GetProcAddress(module, name)) : nullptr;
}

bool activate(const char* name) noexcept {
    for (const auto* model = models; model; model = model->next()) {
        if (std::strcmp(model->name, name) != 0) continue;
        if (model->active()) return true;
        if (model->needs && !activate(model->needs)) return false;
        if (!model->classes.empty() && !activate("system_information")) return false;
        model->reset();
        model->active_ = true;
        settle();
        return true;
    }
    return false;
}

void deactivate_all() noexcept {
    for (const auto* model = models; model; model = model->next()) model->active_ = false;
    settle();
}

}  // namespace ntlab

// ---- The door ---------------------------------------------------------------------------------

using namespace ntlab;

extern "C" {

// What the door reads of one slot.
struct LabFunction {
    const char* name;
    const char* dll;
    std::uint64_t calls;
    std::uint64_t refused;
    std::uint32_t imported;
    std::uint32_t present;  // the system itself has it
    std::uint32_t known;    // to failures.cpp
    std::uint32_t refusal;
    std::uint32_t code;
    std::uint32_t releases;
};

__declspec(dllexport) DWORD lab_install(const wchar_t* path) {
    const auto module = GetModuleHandleW(path);
    if (!module) return GetLastError();
    if (!make_records()) return ERROR_NOT_ENOUGH_MEMORY;
    return hook(module);
}

__declspec(dllexport) void lab_reset() {
    clear_slots();
    clear_records();
    deactivate_all();
}

__declspec(dllexport) int lab_activate(const char* model) {
    return activate(model) ? 1 : 0;
}

__declspec(dllexport) std::uint32_t lab_function_count() {
    return static_cast<std::uint32_t>(slots().size());
}

// Tests ask after each call of ntpages: to read all that is known of a slot would take most of
// their time.
__declspec(dllexport) void lab_counts(std::uint32_t count, std::uint64_t* calls) {
    for (std::uint32_t index = 0; index < count; ++index)
        calls[index] = slot_at(index).calls.load();
}

__declspec(dllexport) std::uint64_t lab_refused() {
    std::uint64_t refused = 0;
    for (const auto& slot : slots()) refused += slot.refused.load();
    return refused;
}

__declspec(dllexport) void lab_function(std::uint32_t index, LabFunction* function) {
    const auto& slot = slot_at(index);
    *function = {slot.name,
                 slot.dll,
                 slot.calls,
                 slot.refused,
                 slot.imported ? 1U : 0U,
                 slot.original ? 1U : 0U,
                 slot.failure ? 1U : 0U,
                 slot.failure ? static_cast<std::uint32_t>(slot.failure->refusal) : 0U,
                 slot.failure ? slot.failure->code : 0U,
                 slot.failure && slot.failure->releases ? 1U : 0U};
}

// Where ntpages's calls of it go; nullptr while ntpages has not asked for it.
__declspec(dllexport) void* lab_thunk(const char* name) {
    const auto* const slot = find_slot(name);
    return slot && slot->dll[0] != '\0' ? reinterpret_cast<void*>(slot->thunk) : nullptr;
}

// How a function fails and its usual code; -1 where failures.cpp does not know it.
__declspec(dllexport) int lab_refusal(const char* name, std::uint32_t* code) {
    const auto* const known = failure(name);
    if (!known) return -1;
    *code = known->code;
    return static_cast<int>(known->refusal);
}

// Plans a refusal with exactly this answer.
__declspec(dllexport) int lab_fail(const char* name, std::uint64_t nth, std::uint64_t times,
                                   int every, std::uint64_t answer, int sets_last_error,
                                   std::uint32_t last_error) {
    auto* const slot = failure(name) ? find_or_add_slot(name) : nullptr;
    if (!slot) return 0;
    slot->until = 0;
    slot->answer = answer;
    slot->sets_last_error = sets_last_error != 0;
    slot->last_error = last_error;
    slot->every = every != 0;
    slot->times = times;
    slot->until = nth + times - 1;
    return 1;
}

// Python's own PyGILState_Check: 1 where this thread has the lock.
__declspec(dllexport) void lab_watch_interpreter(int (*has_lock)()) {
    watch_interpreter(has_lock);
}

// From now on. With no name: every function.
__declspec(dllexport) int lab_record(const char* name, int on) {
    if (!name) {
        record_everything(on != 0);
        return 1;
    }
    auto* const slot = failure(name) ? find_or_add_slot(name) : nullptr;
    if (slot) slot->recorded = on != 0;
    return slot ? 1 : 0;
}

__declspec(dllexport) std::uint32_t lab_record_count() {
    return static_cast<std::uint32_t>(records().size());
}

__declspec(dllexport) std::uint64_t lab_records_lost() {
    return records_lost();
}
__declspec(dllexport) const Call* lab_record_at(std::uint32_t index) {
    return &records()[index];
}

// 0 where the function is linked: then Windows could not have started the module without it.
__declspec(dllexport) int lab_hide(const char* name) {
    auto* const slot = find_or_add_slot(name);
    if (!slot || slot->imported) return 0;
    slot->hidden = true;
    forget(*slot);
    return 1;
}

}  // extern "C"
