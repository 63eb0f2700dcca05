#include "core/consume/calm.h"

#include "core/runtime/poll.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// Answers in a row after which nothing is on its way: the broker's channel process answers before
// it handles deliveries in its own mailbox.
constexpr int kEmptyInARow = 3;
// Where the queue cannot be asked: what is on its way is here sooner.
constexpr Duration kSilence = 100ms;
constexpr Duration kAskAgain = 5ms;

// Whether the queue has no ready messages; false when the broker does not answer in time.
bool has_no_more(SessionOwner& session, const std::string& queue, const Deadline& until) try {
  QueueDeclaration question;
  question.name = queue;
  question.passive = true;
  question.until = until;
  return session.ask([&](Session& asked) { return asked.declare_queue(question).messages == 0; });
} catch (const Error& error) {
  if (error.reason() != Exit::timeout) {
    throw;
  }
  return false;
}

}  // namespace

void await_calm(SessionOwner& session, const Settling& settling, const std::string& queue,
                const std::function<bool()>& take, const Deadline& until, const Context& context) {
  const bool asks = !session->version().passive_declare_needs_configure();
  auto last_came = context.clock.now();
  int empty_answers = 0;
  while (!session.is_lost() && !settling.window_is_full() && empty_answers < kEmptyInARow &&
         !until.passed(context.clock.now()) &&
         (asks || context.clock.now() - last_came < kSilence)) {
    session->flush();
    empty_answers = asks && has_no_more(session, queue, until) ? empty_answers + 1 : 0;
    if (empty_answers == 0) {
      wait_or_throw(session->fd(), session->events(),
                    until.min(Deadline(context.clock.now() + kAskAgain)), context.stop);
    }
    if (take()) {
      last_came = context.clock.now();
      empty_answers = 0;
    }
  }
}

}  // namespace mscomm
