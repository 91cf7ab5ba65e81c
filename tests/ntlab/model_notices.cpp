// model_notices: whoever sits at the machine, and the taskbar that shows notifications there.
// Sources: shellapi.h, and Microsoft's pages on Shell_NotifyIcon, NOTIFYICONDATA and
// ProcessIdToSessionId. The code of a refusal is assumed: those pages have none. Windows that take
// nothing but messages are modelled, too: the first real one makes Wine start a desktop, a process
// that keeps the pipes of whoever asked for it.
#include <windows.h>

#include <shellapi.h>

#include <array>
#include <cwchar>

#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr std::size_t most = 32;  // of what is shown, that a test can look at

struct Icon {
    NOTIFYICONDATAW data;
    bool gone;
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<DWORD, 32> windows{};  // the thread of each; 0 where there is none
constinit std::array<Icon, most> icons{};
constinit std::size_t shown = 0;
constinit DWORD session = 1;
constinit bool visible = true;
constinit bool taskbar = true;

void reset() noexcept {
    const Locked locked(lock);
    shown = 0;
    windows.fill(0);
    session = 1;
    visible = taskbar = true;
}

BOOL WINAPI session_of(DWORD process, DWORD* to) {
    if (process != GetCurrentProcessId() || !to) return refuse(ERROR_INVALID_PARAMETER);
    const Locked locked(lock);
    *to = session;
    return TRUE;
}

BOOL WINAPI ask(HANDLE object, int what, void* to, DWORD size, DWORD* needed) {
    if (what != UOI_FLAGS) {
        return beyond("GetUserObjectInformationW", &ask)(object, what, to, size, needed);
    }
    if (!object) return refuse(ERROR_INVALID_HANDLE);
    if (needed) *needed = sizeof(USEROBJECTFLAGS);
    if (!to || size < sizeof(USEROBJECTFLAGS)) return refuse(ERROR_INSUFFICIENT_BUFFER);
    const Locked locked(lock);
    *static_cast<USEROBJECTFLAGS*>(to) = {FALSE, FALSE, visible ? DWORD{WSF_VISIBLE} : 0};
    return TRUE;
}

HWND window_at(std::size_t place) noexcept {
    return reinterpret_cast<HWND>(0x10000 + place);
}

// The window of a handle, or nullptr. With the lock held.
DWORD* find(HWND window) noexcept {
    const auto place = reinterpret_cast<std::uintptr_t>(window) - 0x10000;
    return place < windows.size() && windows[place] != 0 ? &windows[place] : nullptr;
}

HWND WINAPI create_window(DWORD extended, const wchar_t* kind, const wchar_t* name, DWORD style,
                          int x, int y, int width, int height, HWND parent, HMENU menu,
                          HINSTANCE instance, void* given) {
    if (parent != HWND_MESSAGE) {
        return beyond("CreateWindowExW", &create_window)(extended, kind, name, style, x, y, width,
                                                         height, parent, menu, instance, given);
    }
    if (!kind || _wcsicmp(kind, L"STATIC") != 0) {
        refuse(ERROR_CANNOT_FIND_WND_CLASS);
        return nullptr;
    }
    const Locked locked(lock);
    for (std::size_t i = 0; i < windows.size(); ++i) {
        if (windows[i] != 0) continue;
        windows[i] = GetCurrentThreadId();
        return window_at(i);
    }
    refuse(ERROR_NO_MORE_USER_HANDLES);
    return nullptr;
}

BOOL WINAPI destroy_window(HWND window) {
    const Locked locked(lock);
    auto* const thread = find(window);
    if (!thread) return refuse(ERROR_INVALID_WINDOW_HANDLE);
    if (*thread != GetCurrentThreadId()) return refuse(ERROR_ACCESS_DENIED);
    *thread = 0;
    return TRUE;
}

// The system's own icons are shared: one handle for all.
HICON WINAPI load_icon(HINSTANCE instance, const wchar_t* name) {
    if (instance || name != IDI_INFORMATION) {
        refuse(ERROR_RESOURCE_NAME_NOT_FOUND);
        return nullptr;
    }
    return reinterpret_cast<HICON>(&icons);
}

// No message comes to a window that nobody knows.
DWORD WINAPI wait(DWORD count, const HANDLE* handles, BOOL all, DWORD milliseconds, DWORD) {
    return WaitForMultipleObjects(count, handles, all, milliseconds);
}

template <std::size_t Room>
bool ends(const wchar_t (&text)[Room]) noexcept {
    return std::wmemchr(text, L'\0', Room) != nullptr;
}

Icon* find(const NOTIFYICONDATAW& data) noexcept {
    for (std::size_t i = 0; i < shown; ++i) {
        auto& each = icons[i];
        if (!each.gone && each.data.hWnd == data.hWnd && each.data.uID == data.uID) return &each;
    }
    return nullptr;
}

// Adding and taking away; ntpages changes none.
BOOL WINAPI notify(DWORD message, NOTIFYICONDATAW* data) {
    if (!data || data->cbSize != sizeof *data) return refuse(ERROR_INVALID_PARAMETER);
    if (!ends(data->szTip) || !ends(data->szInfo) || !ends(data->szInfoTitle)) {
        return refuse(ERROR_INVALID_PARAMETER);
    }
    const Locked locked(lock);
    if (!find(data->hWnd)) return refuse(ERROR_INVALID_WINDOW_HANDLE);
    if (!taskbar) return refuse(ERROR_TIMEOUT);
    auto* const there = find(*data);
    if (message == NIM_DELETE && there) {
        there->gone = true;
        return TRUE;
    }
    if (message != NIM_ADD || there) return refuse(ERROR_INVALID_PARAMETER);
    if (shown == most) shown = 0;  // nobody looks at so many
    icons[shown++] = {*data, false};
    return TRUE;
}

const Service services[] = {{"kernel32.dll", "ProcessIdToSessionId", &session_of},
                            {"user32.dll", "GetUserObjectInformationW", &ask},
                            {"user32.dll", "CreateWindowExW", &create_window},
                            {"user32.dll", "DestroyWindow", &destroy_window},
                            {"user32.dll", "LoadIconW", &load_icon},
                            {"user32.dll", "MsgWaitForMultipleObjects", &wait},
                            {"shell32.dll", "Shell_NotifyIconW", &notify}};
const Model model{"notices", &reset, services};

}  // namespace
}  // namespace ntlab

extern "C" {

// In which session this process is from now on, whether its desktop is seen, and whether there is a
// taskbar.
__declspec(dllexport) void notices_seat(DWORD session, int visible, int taskbar) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::session = session;
    ntlab::visible = visible != 0;
    ntlab::taskbar = taskbar != 0;
}

// What was shown at a place: title (64 characters), text (256), and the flags of the icon, those of
// the notification, and whether it has gone. Whether so much was shown.
__declspec(dllexport) int notices_shown(unsigned place, wchar_t* title, wchar_t* text,
                                        DWORD* numbers) {
    const ntlab::Locked locked(ntlab::lock);
    if (place >= ntlab::shown) return 0;
    const auto& each = ntlab::icons[place];
    std::wmemcpy(title, each.data.szInfoTitle, 64);
    std::wmemcpy(text, each.data.szInfo, 256);
    numbers[0] = each.data.uFlags;
    numbers[1] = each.data.dwInfoFlags;
    numbers[2] = each.gone ? 1 : 0;
    return 1;
}

}  // extern "C"
