// model_services: the service manager, as a process sees it that it has started: it takes what the
// service tells, and gives it orders when a test does. Sources: winsvc.h, and Microsoft's pages on
// StartServiceCtrlDispatcher, RegisterServiceCtrlHandlerEx and SetServiceStatus.
#include <array>

#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr std::size_t most = 32;  // of what is told, that a test can look at

struct Told {
    DWORD state, orders, checkpoint, hint, code;
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<Told, most> told{};
constinit std::size_t words = 0;
constinit bool started = false;  // the process, by the service manager
constinit LPHANDLER_FUNCTION_EX handler = nullptr;
constinit void* context = nullptr;
constinit DWORD order = 0;
constinit DWORD answer = 0;
constinit HANDLE ordered = nullptr;
constinit HANDLE answered = nullptr;
constinit HANDLE stopped = nullptr;

void reset() noexcept {
    const Locked locked(lock);
    words = 0;
    started = false;
    handler = nullptr;
    for (auto* event : {&ordered, &answered, &stopped}) {
        if (!*event) *event = CreateEventW(nullptr, FALSE, FALSE, nullptr);
        ResetEvent(*event);
    }
}

DWORD WINAPI run_main(void* main) {
    wchar_t name[] = L"service";
    wchar_t* arguments[] = {name, nullptr};
    reinterpret_cast<LPSERVICE_MAIN_FUNCTIONW>(reinterpret_cast<Function>(main))(1, arguments);
    return 0;
}

// Gives orders on the thread that asked for them, until the service has stopped; where its main
// function returns without a word, Windows waits on, and this does not.
BOOL WINAPI dispatch(const SERVICE_TABLE_ENTRYW* table) {
    {
        const Locked locked(lock);
        if (!started) return refuse(ERROR_FAILED_SERVICE_CONTROLLER_CONNECT);
        if (!table || !table->lpServiceName || !table->lpServiceProc) {
            return refuse(ERROR_INVALID_DATA);
        }
    }
    const auto main = reinterpret_cast<void*>(reinterpret_cast<Function>(table->lpServiceProc));
    const auto thread = CreateThread(nullptr, 0, &run_main, main, 0, nullptr);
    const HANDLE any[] = {ordered, stopped, thread};
    while (WaitForMultipleObjects(3, any, FALSE, INFINITE) == WAIT_OBJECT_0) {
        answer = handler(order, 0, nullptr, context);
        SetEvent(answered);
    }
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    return TRUE;
}

SERVICE_STATUS_HANDLE teller() noexcept {
    return reinterpret_cast<SERVICE_STATUS_HANDLE>(&told);
}

SERVICE_STATUS_HANDLE WINAPI take_handler(const wchar_t* name, LPHANDLER_FUNCTION_EX function,
                                          void* given) {
    const Locked locked(lock);
    if (!name || !function) {
        refuse(ERROR_INVALID_PARAMETER);
        return nullptr;
    }
    handler = function;
    context = given;
    return teller();
}

BOOL WINAPI take_status(SERVICE_STATUS_HANDLE from, const SERVICE_STATUS* status) {
    const Locked locked(lock);
    if (from != teller()) return refuse(ERROR_INVALID_HANDLE);
    if (!status || status->dwCurrentState < SERVICE_STOPPED ||
        status->dwCurrentState > SERVICE_PAUSED) {
        return refuse(ERROR_INVALID_DATA);
    }
    const auto over = words != 0 && told[words - 1].state == SERVICE_STOPPED;
    if (over || words == most) return refuse(ERROR_INVALID_HANDLE);  // after the last word
    const auto code = status->dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR
                          ? status->dwServiceSpecificExitCode
                          : status->dwWin32ExitCode;
    told[words++] = {status->dwCurrentState, status->dwControlsAccepted, status->dwCheckPoint,
                     status->dwWaitHint, code};
    if (status->dwCurrentState == SERVICE_STOPPED) SetEvent(stopped);
    return TRUE;
}

const Service services[] = {{"advapi32.dll", "StartServiceCtrlDispatcherW", &dispatch},
                            {"advapi32.dll", "RegisterServiceCtrlHandlerExW", &take_handler},
                            {"advapi32.dll", "SetServiceStatus", &take_status}};
const Model model{"services", &reset, services};

}  // namespace
}  // namespace ntlab

extern "C" {

// From now on, this process is one that the service manager has started.
__declspec(dllexport) void services_start() {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::started = true;
    ntlab::words = 0;
}

// Gives the service an order, and returns its answer.
__declspec(dllexport) DWORD services_order(DWORD order) {
    ntlab::order = order;
    SetEvent(ntlab::ordered);
    WaitForSingleObject(ntlab::answered, 60'000);
    return ntlab::answer;
}

// What the service told at a place: state, orders, checkpoint, hint, code. Whether it told so much.
__declspec(dllexport) int services_told(unsigned place, DWORD* numbers) {
    const ntlab::Locked locked(ntlab::lock);
    if (place >= ntlab::words) return 0;
    const auto& each = ntlab::told[place];
    numbers[0] = each.state;
    numbers[1] = each.orders;
    numbers[2] = each.checkpoint;
    numbers[3] = each.hint;
    numbers[4] = each.code;
    return 1;
}

}  // extern "C"
