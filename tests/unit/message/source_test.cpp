#include "core/message/source.h"
#include "core/message/source_changes.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <random>
#include <thread>

#include "core/runtime/poll.h"
#include "unit/error_matchers.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using test::error_of;
using test::TemporaryFolder;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using State = MessageSource::State;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    read_end = UniqueFd(ends[0]);
    write_end = UniqueFd(ends[1]);
  }
  void write(std::string_view text) const {
    EXPECT_EQ(::write(write_end.get(), text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
  }
  void close() { write_end.reset(); }

  UniqueFd read_end;
  UniqueFd write_end;
};

// Everything that comes until the end, from an input that is there already.
std::vector<std::string> bodies(MessageSource& source) {
  std::vector<std::string> all;
  Outgoing out;
  for (;;) {
    switch (source.next(out)) {
      case State::message:
        all.emplace_back(out.body);
        break;
      case State::wait:
        EXPECT_TRUE(is_ready(source.fd(), POLLIN)) << "next() said wait although input is there";
        break;
      case State::end:
        return all;
    }
  }
}

std::vector<std::string> lines_of(const std::string& input, const std::string& delimiter = "\n") {
  const TemporaryFolder folder;
  const auto file = open_for_reading(folder.write("input", input));
  return bodies(*delimited_source(file.get(), "input", delimiter));
}

TEST(BodySource, IsOneMessageThatNeedsNoWaiting) {
  const auto source = body_source("hello");
  EXPECT_EQ(source->fd(), -1);
  EXPECT_THAT(bodies(*source), ElementsAre("hello"));
}

TEST(BodySource, MayBeEmpty) { EXPECT_THAT(bodies(*body_source("")), ElementsAre("")); }

TEST(WholeSource, IsOneMessageUpToTheEnd) {
  Pipe pipe;
  const auto source = whole_source(pipe.read_end.get(), "input");
  Outgoing out;
  EXPECT_EQ(source->next(out), State::wait);
  EXPECT_EQ(source->fd(), pipe.read_end.get());
  pipe.write("one\n");
  EXPECT_EQ(source->next(out), State::wait);
  pipe.write(std::string("two\0", 4));
  pipe.close();
  EXPECT_THAT(bodies(*source), ElementsAre(std::string("one\ntwo\0", 8)));
}

TEST(WholeSource, IsAnEmptyMessageForAnEmptyInput) {
  Pipe pipe;
  pipe.close();
  EXPECT_THAT(bodies(*whole_source(pipe.read_end.get(), "input")), ElementsAre(""));
}

TEST(WholeSource, LeavesALargeFileWhereItIs) {
  const TemporaryFolder folder;
  const std::string content(3'000'000, 'x');
  const auto file = open_for_reading(folder.write("input", "ab" + content));
  ASSERT_EQ(lseek(file.get(), 2, SEEK_SET), 2);
  const auto source = whole_source(file.get(), "input");
  Outgoing out;
  ASSERT_EQ(source->next(out), State::message);
  ASSERT_TRUE(out.file);
  EXPECT_EQ(out.file->read_all(), content);
  EXPECT_EQ(source->next(out), State::end);
}

TEST(WholeSource, PutsALargePipeIntoAFile) {
  Pipe pipe;
  std::string content;
  for (int i = 0; content.size() < 2'500'000; ++i) {
    content += std::to_string(i);
  }
  std::thread writer([&] {
    pipe.write(content);
    pipe.close();
  });
  const auto source = whole_source(pipe.read_end.get(), "input");
  Outgoing out;
  auto state = State::wait;
  while (state == State::wait) {
    state = source->next(out);
  }
  writer.join();
  ASSERT_EQ(state, State::message);
  ASSERT_TRUE(out.file);
  EXPECT_EQ(out.file->size(), content.size());
  EXPECT_EQ(out.file->read_all(), content);
}

TEST(BodyFile, SaysWhenItsFileBecameShorter) {
  const TemporaryFolder folder;
  const auto path = folder.write("body", "0123456789");
  const BodyFile body(open_for_reading(path), 2, 8, "'body'");
  ASSERT_EQ(truncate(path.c_str(), 5), 0);
  EXPECT_THROW(static_cast<void>(body.read_all()), Error);
}

TEST(RepeatedSource, GivesTheOneMessageAgainAndAgain) {
  EXPECT_THAT(bodies(*repeated(body_source("x"), 3)), ElementsAre("x", "x", "x"));
}

TEST(TemplatedSource, FillsInWhatItKnowsAndLeavesOtherBraces) {
  EXPECT_THAT(bodies(*templated(repeated(body_source(R"({"n":{seq},"x":{y}}{)"), 2))),
              ElementsAre(R"({"n":1,"x":{y}}{)", R"({"n":2,"x":{y}}{)"));
  const auto ids = bodies(*templated(repeated(body_source("{uuid}"), 2)));
  EXPECT_NE(ids[0], ids[1]);
  EXPECT_THAT(ids, Each(MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                     "[0-9a-f]{12}")));
  EXPECT_THAT(bodies(*templated(body_source("{now}"))),
              ElementsAre(MatchesRegex("[0-9-]{10}T[0-9:]{8}\\.[0-9]{3}Z")));
}

TEST(DelimitedSource, SplitsAndTakesARestWithoutDelimiter) {
  EXPECT_THAT(lines_of("a\nb\n"), ElementsAre("a", "b"));
  EXPECT_THAT(lines_of("a\nb"), ElementsAre("a", "b"));
  EXPECT_THAT(lines_of("\na\n\n"), ElementsAre("", "a", ""));
  EXPECT_THAT(lines_of("a\r\n"), ElementsAre("a\r"));
  EXPECT_THAT(lines_of(""), IsEmpty());
}

TEST(DelimitedSource, TakesDelimitersOfAnyBytes) {
  EXPECT_THAT(lines_of(std::string("a\0b\0", 4), std::string(1, '\0')), ElementsAre("a", "b"));
  EXPECT_THAT(lines_of("a--b---c", "--"), ElementsAre("a", "b", "-c"));
  EXPECT_THAT(lines_of("a--b-", "--"), ElementsAre("a", "b-"));
}

TEST(DelimitedSource, FindsADelimiterThatComesInTwoReads) {
  Pipe pipe;
  const auto source = delimited_source(pipe.read_end.get(), "input", "<END>");
  Outgoing out;
  pipe.write("one<E");
  EXPECT_EQ(source->next(out), State::wait);
  pipe.write("N");
  EXPECT_EQ(source->next(out), State::wait);
  pipe.write("D>two");
  ASSERT_EQ(source->next(out), State::message);
  EXPECT_EQ(out.body, "one");
  pipe.close();
  EXPECT_THAT(bodies(*source), ElementsAre("two"));
}

TEST(DelimitedSource, HandsOutALineBeforeTheNextOneComes) {
  Pipe pipe;
  const auto source = delimited_source(pipe.read_end.get(), "input", "\n");
  Outgoing out;
  for (const std::string line : {"a", "b", "c"}) {
    pipe.write(line + "\n");
    ASSERT_EQ(source->next(out), State::message);
    EXPECT_EQ(out.body, line);
    EXPECT_EQ(source->next(out), State::wait);
    EXPECT_EQ(source->next(out), State::wait) << "asking twice must not block";
  }
}

TEST(DelimitedSource, SplitsRandomInputsAsOneWouldByHand) {
  std::mt19937 random(20261123);
  for (int round = 0; round < 30; ++round) {
    std::vector<std::string> expected(random() % 2000);
    std::string input;
    for (auto& line : expected) {
      line = std::string(random() % 50 == 0 ? random() % 400'000 : random() % 100, 'x');
      input += line + "\n";
    }
    EXPECT_EQ(lines_of(input), expected);
  }
}

TEST(DelimitedSource, ReturnsToTheCallerFromAnInputWithoutEnd) {
  const UniqueFd zero(open("/dev/zero", O_RDONLY | O_CLOEXEC));
  Outgoing out;
  EXPECT_EQ(delimited_source(zero.get(), "input", "\n")->next(out), State::wait);
}

TEST(DelimitedSource, RefusesAnEmptyDelimiter) {
  EXPECT_THAT(error_of([] { delimited_source(0, "input", ""); }), HasSubstr("usage: "));
}

TEST(MessageSource, ForgetsTheMessageBefore) {
  Outgoing out;
  out.exchange = "e";
  out.properties.message_id = "1";
  out.complete = true;
  ASSERT_EQ(body_source("x")->next(out), State::message);
  EXPECT_EQ(out.exchange, std::nullopt);
  EXPECT_EQ(out.properties, Properties{});
  EXPECT_FALSE(out.complete);
}

TEST(MessageSource, SaysWhyAnInputCannotBeRead) {
  const TemporaryFolder folder;
  const UniqueFd directory(open(folder.path().c_str(), O_RDONLY | O_CLOEXEC));
  Outgoing out;
  const auto reading = [&](int fd) {
    return error_of([&] { delimited_source(fd, "standard input", "\n")->next(out); });
  };
  EXPECT_EQ(reading(directory.get()), "io: cannot read standard input: Is a directory");
  EXPECT_EQ(reading(-1), "io: cannot read standard input: Bad file descriptor");
  EXPECT_EQ(reading(9999), "io: cannot read standard input: Bad file descriptor");
}

TEST(RecordSource, ReadsRecordsAndSkipsBlankLines) {
  const TemporaryFolder folder;
  const auto file = open_for_reading(
      folder.write("input",
                   "{\"exchange\":\"e\",\"routing_key\":\"k\",\"properties\":{\"type\":"
                   "\"t\"},\"body\":\"1\"}\r\n\n \t\n{\"body_base64\":\"AA==\"}"));
  const auto source = record_source(file.get(), "input");
  Outgoing out;
  ASSERT_EQ(source->next(out), State::message);
  EXPECT_EQ(out.exchange, "e");
  EXPECT_EQ(out.routing_key, "k");
  EXPECT_EQ(out.properties.type, "t");
  EXPECT_EQ(out.body, "1");
  EXPECT_TRUE(out.complete);
  ASSERT_EQ(source->next(out), State::message);
  EXPECT_EQ(out.exchange, std::nullopt);
  EXPECT_EQ(out.properties, Properties{});
  EXPECT_EQ(out.body, std::string(1, '\0'));
  EXPECT_EQ(source->next(out), State::end);
}

TEST(RecordSource, NamesTheLineThatIsNotARecord) {
  const TemporaryFolder folder;
  const auto file =
      open_for_reading(folder.write("input", "{\"body\":\"\"}\n\n{\"bdy\":1}\n{}\n{\"json\":1}\n"));
  const auto source = record_source(file.get(), "standard input");
  Outgoing out;
  ASSERT_EQ(source->next(out), State::message);
  EXPECT_EQ(error_of([&] { source->next(out); }),
            "usage: standard input line 3: unknown member 'bdy' | did you mean 'body'?");
  EXPECT_THAT(error_of([&] { source->next(out); }),
              testing::StartsWith("usage: standard input line 4: the record has no body"));
  EXPECT_EQ(source->next(out), State::message) << "the line after it can still be read";
}

TEST(FileSource, MakesEachFileAMessageInOrder) {
  const TemporaryFolder folder;
  const auto source = file_source({folder.write("b", "first\n"), folder.write("a", "")});
  EXPECT_THAT(bodies(*source), ElementsAre("first\n", ""));
}

TEST(FileSource, OpensAFileOnlyWhenItsTurnComes) {
  const TemporaryFolder folder;
  const auto source = file_source({folder.write("a", "x"), folder.path() + "/missing"});
  Outgoing out;
  ASSERT_EQ(source->next(out), State::message);
  EXPECT_EQ(error_of([&] { source->next(out); }),
            "io: cannot read '" + folder.path() + "/missing': No such file or directory");
}

TEST(FileSource, WaitsForANamedPipeInsteadOfBlocking) {
  const TemporaryFolder folder;
  const auto path = folder.path() + "/pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const auto source = file_source({path});
  Outgoing out;
  EXPECT_EQ(source->next(out), State::wait);
  {
    const UniqueFd writer(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_EQ(write(writer.get(), "late", 4), 4);
    EXPECT_TRUE(is_ready(source->fd(), POLLIN));
    EXPECT_EQ(source->next(out), State::wait);
  }
  EXPECT_THAT(bodies(*source), ElementsAre("late"));
}

TEST(FileSource, WithoutFilesIsAtItsEnd) { EXPECT_THAT(bodies(*file_source({})), IsEmpty()); }

}  // namespace
}  // namespace mscomm
