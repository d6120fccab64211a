// A body that is made while it is sent, such as an event stream. The connection asks for a piece, sends it whole, and
// only then asks for the next: a slow reader costs one piece of memory, whatever is waiting for it. While there is
// nothing to say, a stream holds no more than an idle connection and this object.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace tongban::http {

// All is called on the connection's I/O thread and must not block for longer than making one piece takes. Destroyed
// there when the body has ended, whoever ended it.
class body_source {
public:
    enum class state {
        more,    // call next() again, when others had their turn
        waiting, // nothing more now: call next() when woken
        ended,   // what was appended is the last of the body
    };

    virtual ~body_source() = default;

    // Once, before the first next(). `wake`: callable from any thread, cheap, and without effect after the end.
    virtual void begin(std::function<void()> wake) = 0;
    // Appends the next piece.
    virtual state next(std::string& out) = 0;
    // Appends what shows that the connection lives; asked for when nothing was sent for beat_every().
    virtual void beat(std::string& out) = 0;
    virtual std::chrono::milliseconds beat_every() const = 0;
    // Appends the last words of a body that the server ends: it stops, or was configured anew.
    virtual void last_words(std::string& out) = 0;
};

} // namespace tongban::http
