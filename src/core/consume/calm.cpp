#include "core/consume/calm.h"

#include <algorithm>

#include "core/runtime/poll.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// Answers in a row after which nothing is on its way: the broker's channel process answers before
// it handles deliveries in its own mailbox.
constexpr int kEmptyInARow = 3;
// Where the queue cannot be asked: a delivery that is on its way is here sooner.
constexpr Duration kSilence = 100ms;
constexpr Duration kAskAgain = 5ms;

// Whether the queue has no ready messages. Throws as Session::declare_queue().
bool has_no_more(Session& session, const std::string& queue, const Deadline& until) {
  QueueDeclaration question;
  question.name = queue;
  question.passive = true;
  question.until = until;
  return session.declare_queue(question).messages == 0;
}

}  // namespace

void await_calm(SessionOwner& session, const Settling& settling, const std::string& queue,
                const std::function<void()>& take, const Deadline& until, const Context& context) {
  const bool asks = !session->version().passive_declare_needs_configure();
  const Deadline quiet = until.min(Deadline(context.clock.now() + kSilence));
  int empty_answers = 0;
  try {
    while (!session.is_lost() && !settling.window_is_full() && empty_answers < kEmptyInARow &&
           !(asks ? until : quiet).passed(context.clock.now())) {
      empty_answers = asks && has_no_more(*session, queue, until) ? empty_answers + 1 : 0;
      if (empty_answers == 0) {
        wait_or_throw(session->fd(), session->events(),
                      until.min(Deadline(context.clock.now() + kAskAgain)), context.stop);
      }
      take();
    }
  } catch (const ChannelRefusal&) {
    session.note_loss();  // with its channel
  } catch (const Error&) {
    return;  // what is on its way is not known
  }
}

}  // namespace mscomm
