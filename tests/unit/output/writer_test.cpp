#include "core/output/writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <future>
#include <thread>

#include "core/runtime/poll.h"
#include "core/runtime/signals.h"
#include "unit/error_matchers.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using test::error_of;
using test::TemporaryFolder;

struct Ends {
  UniqueFd reader;
  UniqueFd writer;
};

Ends pipe_ends() {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Ends socket_ends() {
  std::array<int, 2> ends{};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::string read_to_end(int fd) {
  std::string all;
  std::array<char, 65536> chunk{};
  ssize_t got = 0;
  while ((got = read(fd, chunk.data(), chunk.size())) > 0) {
    all.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return all;
}

std::string numbered_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += std::to_string(i) + "\n";
  }
  return text;
}

class WriterTest : public ::testing::Test {
 protected:
  StopSignal stop_;
};

TEST_F(WriterTest, WritesNothingBehindTheCallersBack) {
  const auto ends = pipe_ends();
  {
    Writer writer(ends.writer.get(), "standard output", stop_);
    writer.buffer() += "never flushed";
  }
  EXPECT_FALSE(is_ready(ends.reader.get(), POLLIN));
}

TEST_F(WriterTest, FlushesMoreThanAPipeHolds) {
  for (auto make : {pipe_ends, socket_ends}) {
    auto ends = make();
    const auto text = numbered_lines(500'000);
    auto received = std::async(std::launch::async, read_to_end, ends.reader.get());
    {
      Writer writer(ends.writer.get(), "standard output", stop_);
      writer.buffer() = text;
      writer.flush();
      EXPECT_TRUE(writer.buffer().empty());
    }
    ends.writer.reset();
    EXPECT_TRUE(received.get() == text);
  }
}

TEST_F(WriterTest, DoesNotBlockOnAFullPipe) {
  for (auto make : {pipe_ends, socket_ends}) {
    auto ends = make();
    const auto text = numbered_lines(500'000);
    std::future<std::string> received;
    {
      Writer writer(ends.writer.get(), "standard output", stop_);
      writer.buffer() = text;
      EXPECT_FALSE(writer.try_flush());
      EXPECT_FALSE(is_ready(writer.fd(), POLLOUT));
      EXPECT_FALSE(writer.try_flush());
      writer.buffer() += "appended while waiting";
      received = std::async(std::launch::async, read_to_end, ends.reader.get());
      writer.flush();
    }
    ends.writer.reset();
    EXPECT_TRUE(received.get() == text + "appended while waiting");
  }
}

TEST_F(WriterTest, LeavesTheSharedDescriptorBlocking) {
  const auto ends = pipe_ends();
  Writer writer(ends.writer.get(), "standard output", stop_);
  EXPECT_NE(writer.fd(), ends.writer.get());
  EXPECT_EQ(fcntl(ends.writer.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(writer.fd(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(WriterTest, ReportsAClosedPipeAsAReaderWhoIsGone) {
  for (auto make : {pipe_ends, socket_ends}) {
    auto ends = make();
    Writer before(ends.writer.get(), "standard output", stop_);
    ends.reader.reset();
    Writer after(ends.writer.get(), "standard output", stop_);
    for (auto* writer : {&before, &after}) {
      writer->buffer() = "x";
      EXPECT_THROW(writer->flush(), ReaderGone);
    }
  }
}

TEST_F(WriterTest, SaysWhatCannotBeWritten) {
  const UniqueFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  Writer writer(full.get(), "standard output", stop_);
  writer.buffer() = "x";
  EXPECT_EQ(error_of([&] { writer.flush(); }),
            "io: cannot write to standard output: No space left on device");
  Writer closed(9999, "standard output", stop_);
  closed.buffer() = "x";
  EXPECT_EQ(error_of([&] { closed.flush(); }),
            "io: cannot write to standard output: Bad file descriptor");
}

TEST_F(WriterTest, WritesToAFileThatItOwns) {
  const TemporaryFolder folder;
  const auto path = folder.path() + "/out";
  {
    Writer writer(open_for_writing(path), "out", stop_);
    writer.buffer() = "one\n";
    writer.flush();
    writer.buffer() += "two\n";
    writer.flush();
    writer.flush();
  }
  EXPECT_EQ(read_file(path), "one\ntwo\n");
}

TEST_F(WriterTest, DoesNotKeepTheMemoryOfALargeRecord) {
  const UniqueFd null(open("/dev/null", O_WRONLY | O_CLOEXEC));
  Writer writer(null.get(), "standard output", stop_);
  writer.buffer().resize(10'000'000, 'x');
  writer.flush();
  EXPECT_LT(writer.buffer().capacity(), 1'000'000U);
}

TEST_F(WriterTest, DoesNotGrowWhileASlowReaderIsNeverQuiteCaughtUp) {
  const auto ends = pipe_ends();
  Writer writer(ends.writer.get(), "standard output", stop_);
  std::array<char, 65536> chunk{};
  writer.buffer() = std::string(200'000, 'x');
  for (int i = 0; i < 500; ++i) {
    writer.buffer().append(65536, 'x');
    EXPECT_FALSE(writer.try_flush());
    ASSERT_EQ(read(ends.reader.get(), chunk.data(), chunk.size()), 65536);
  }
  EXPECT_LT(writer.buffer().size(), 3'000'000U);
}

TEST(WriterDeathTest, DoesNotBlockOnAPipeThatItCannotOpenAgain) {
  EXPECT_EXIT(
      {
        const StopSignal stop;
        const auto ends = pipe_ends();
        fchmod(ends.writer.get(), 0);
        if (getuid() == 0 && setuid(65534) != 0) {
          _exit(1);
        }
        Writer writer(ends.writer.get(), "standard output", stop);
        writer.buffer() = std::string(1'000'000, 'x');
        const bool all = writer.try_flush();
        _exit(writer.fd() == ends.writer.get() && !all && is_ready(ends.reader.get(), POLLIN) ? 42
                                                                                              : 1);
      },
      ::testing::ExitedWithCode(42), "");
}

TEST(WriterDeathTest, StopsWaitingForAReaderWhenASignalComes) {
  EXPECT_EXIT(
      {
        const StopSignal stop;
        const auto ends = pipe_ends();
        Writer writer(ends.writer.get(), "standard output", stop);
        writer.buffer() = std::string(1'000'000, 'x');
        EXPECT_FALSE(writer.try_flush());
        std::raise(SIGTERM);
        try {
          writer.flush();
        } catch (const Interrupted&) {
          stop.re_raise();
        }
      },
      ::testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace mscomm
