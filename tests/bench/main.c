/* main.c: the race without Python: conv1dc's output and oneDNN. */
int race_main(int argc, char **argv);

int main(int argc, char **argv)
{
	return race_main(argc, argv);
}
